"""Choose the queries that a study asks about."""

from __future__ import annotations

import numpy as np
import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.core.randomness import Seed, generator

__all__ = ["sample_queries"]


def sample_queries(queries: pl.Series, count: int, seed: Seed = 0) -> tuple[pl.Series, float]:
    """Return ``count`` of the distinct queries, drawn uniformly, and the probability of each to be drawn.

    Args:
        queries: Queries, which may repeat, without nulls; the order of rows does not matter.
        count: How many to draw; all if there are no more.
        seed: For the draw.

    Returns:
        The drawn queries, sorted, and count / number of distinct queries (1 if all are taken).

    Raises:
        InputError: There are no queries.
        SettingsError: ``count`` is below 1.

    >>> drawn, inclusion = sample_queries(pl.Series("query", ["a", "b", "b", "c", "d"]), 2)
    >>> len(drawn), inclusion
    (2, 0.5)
    """
    if count < 1:
        raise SettingsError(f"The number of queries to draw must be at least 1; it is {count}.")
    distinct = queries.unique().sort()
    if distinct.is_empty():
        raise InputError("There are no queries to draw from.", where="queries")
    taken = min(count, len(distinct))
    rows = generator(seed, "sample", "queries").choice(len(distinct), taken, replace=False)
    return distinct.gather(np.sort(rows)), taken / len(distinct)
