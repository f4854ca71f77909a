"""What is asked of runs: whose rankings, how deep."""

from __future__ import annotations

import polars as pl

__all__ = ["first_of_each"]


def first_of_each(runs: pl.DataFrame, depth: int) -> pl.DataFrame:
    """Return the first ``depth`` rows of every (system, query), in the order of system, query and rank.

    Rows count, not the numbers in ``rank``: some tools number from 0. Equal ranks go by item.
    """
    ordered = runs.sort("system", "query", "rank", "item")
    return ordered.group_by("system", "query", maintain_order=True).head(depth)
