"""Choose queries by how much traffic they have."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable, like, read_table
from palate.core.randomness import Seed, generator
from palate.core.settings import check_counts
from palate.core.tables import QUERY, Column, Table
from palate.sampling._drawing import FloatArray, draw, proportional

__all__ = ["ALLOCATIONS", "QUERIES", "Allocation", "sample_by_traffic"]

Allocation = Literal["proportional", "traffic", "sqrt", "neyman"]
ALLOCATIONS: tuple[Allocation, ...] = ("proportional", "traffic", "sqrt", "neyman")

QUERIES = Table(
    "queries",
    (
        QUERY,
        Column(
            "traffic", "number", "how often it was asked, above 0", above=0, aliases=("count", "searches")
        ),
        Column(
            "spread",
            "number",
            "the standard deviation of the measure among such queries, from a pilot",
            required=False,
            above=0,
        ),
    ),
    key=("query",),
)


def sample_by_traffic(
    queries: IntoTable,
    count: int,
    *,
    allocation: Allocation = "neyman",
    shares: Sequence[float] = (1 / 3, 1 / 3, 1 / 3),
    seed: Seed = 0,
) -> Any:
    """Return queries drawn from strata of traffic: head, torso and tail, or as many as you like.

    Queries in the order of their traffic are cut into strata that each have a share of all traffic: with thirds, few
    queries are the head, very many the tail. Within a stratum all have the same inclusion. How many each stratum gets:

    - ``proportional``: by its number of queries; every query has the same inclusion.
    - ``traffic``: by its traffic.
    - ``sqrt``: by the root of its traffic, between these two (Bankier, Power allocations, The American Statistician 1988).
    - ``neyman``: by its number of queries times the standard deviation of what a query adds to a mean weighted by
      traffic, which gives that mean the least variance (Neyman, JRSS 1934). A query adds its traffic times its value's
      distance from the mean, so that this is the root of the mean of (traffic × ``spread``)²; without the column ``spread``,
      values scatter alike in all strata.

    A stratum gets at least one query, so that each has an inclusion above 0, and no more than it has.

    Args:
        queries: Columns ``query, traffic`` and, if known, ``spread``.
        count: How many to draw; all if there are no more.
        allocation: How they are divided among strata.
        shares: Which share of the traffic each stratum has, the head first; they add up to 1.
        seed: For the draws.

    Returns:
        Columns ``query, traffic, stratum`` (1 is the head) and ``inclusion``, in the order of queries, in the caller's
        kind of dataframe.

    Raises:
        InputError: The table is not what it should be.
        SettingsError: ``count`` is below the number of strata, ``shares`` do not add up to 1, or ``allocation`` is none of
            these.
    """
    check_counts(count=count)
    if allocation not in ALLOCATIONS:
        raise SettingsError(f"'allocation' must be one of {', '.join(ALLOCATIONS)}; it is {allocation!r}.")
    if not shares or min(shares) <= 0 or abs(sum(shares) - 1) > 1e-6:
        raise SettingsError(f"'shares' must be above 0 and add up to 1; they are {list(shares)}.")
    table = _busiest_first(read_table(queries, QUERIES))
    bounds = _bounds(table["traffic"].to_numpy(), shares)
    n_strata = len(bounds) - 1
    if count < min(n_strata, len(table)):
        raise SettingsError(
            f"{n_strata} strata need at least {n_strata} queries; 'count' is {count}. Raise it, or give fewer 'shares'."
        )
    sizes = np.diff(bounds).astype(np.float64)
    weights = np.array([_weight(table[a:b], allocation) for a, b in pairwise(bounds)])
    wanted = 1.0 + proportional(
        weights, float(min(count, len(table)) - n_strata), np.maximum(sizes - 1, 1e-300)
    )
    strata = np.repeat(np.arange(n_strata), np.diff(bounds))
    inclusion = np.minimum(wanted[strata] / sizes[strata], 1.0)
    rng = generator(seed, "sample", "queries by traffic")
    mixed = np.lexsort((rng.random(len(table)), strata))
    rows = mixed[draw(inclusion[mixed], rng)]
    drawn = table.select("query", "traffic").with_columns(stratum=strata + 1, inclusion=inclusion)
    return like(queries, drawn[rows].sort("query"))


def _busiest_first(table: pl.DataFrame) -> pl.DataFrame:
    if not np.isfinite(float(table["traffic"].sum())):
        raise InputError(
            "The traffic adds up to more than a number can hold.", where="queries", column="traffic"
        )
    return table.sort(pl.col("traffic"), pl.col("query"), descending=[True, False])


def _bounds(traffic: FloatArray, shares: Sequence[float]) -> list[int]:
    """Return where strata begin and end; one that would be empty is left out."""
    reached = np.cumsum(traffic) / traffic.sum()
    cuts = np.searchsorted(reached, np.cumsum(shares)[:-1] - 1e-12) + 1
    return sorted({0, *np.minimum(cuts, len(traffic)).tolist(), len(traffic)})


def _weight(stratum: pl.DataFrame, allocation: Allocation) -> float:
    traffic = stratum["traffic"].to_numpy()
    if allocation == "proportional":
        return float(len(stratum))
    if allocation == "traffic":
        return float(traffic.sum())
    if allocation == "sqrt":
        return float(np.sqrt(traffic.sum()))
    spread = stratum["spread"].to_numpy() if "spread" in stratum.columns else 1.0
    return float(len(stratum) * np.sqrt(np.mean((traffic * spread) ** 2)))
