"""A run's rows in the order of its rankings, for what needs the items themselves and no judgments."""

from __future__ import annotations

import polars as pl

from palate.measures._rankings import ranking_scores
from palate.measures._runs import SystemRun

__all__ = ["ranked_rows"]


def ranked_rows(run: SystemRun) -> pl.DataFrame:
    """Return the columns ``query, item``, by query and then best first, equal scores as judged measures see them.

    Raises:
        InputError: The run has neither scores nor ranks, or some are missing.
    """
    rows = run.rows.select("query", "item", score=pl.Series(ranking_scores(run.rows, run.where)))
    text = pl.col("item").cast(pl.String)
    return rows.sort("query", "score", text, descending=[False, True, True]).select("query", "item")
