"""Where a system ranks the items of a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.measures import code_judgments, code_run, grade_rankings
from palate.measures._runs import SystemRun

__all__ = ["RankedItems", "rank_items"]

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RankedItems:
    """One system's rankings of the items of a table.

    Args:
        ranks: int64, shape (n_items,): the rank of every item of the table; 0 where the system does not rank it.
        n_ranked: int64, shape (n_queries,): how many items it ranks for each query of the table, by query.
    """

    ranks: IntArray
    n_ranked: IntArray


def rank_items(run: SystemRun, table: pl.DataFrame) -> RankedItems:
    """Return where a system ranks items; equal scores are ordered as :func:`palate.measures.evaluate` does.

    Args:
        run: The system.
        table: Columns ``query, item``, each pair once.
    """
    numbered = table.select("query", "item").with_columns(grade=pl.int_range(pl.len()).cast(pl.Float64))
    judged = code_judgments(numbered)
    rankings = grade_rankings(code_run(run.rows, judged, run.where), judged)
    counts = rankings.ranked_counts
    places = np.arange(len(rankings.grades)) - np.repeat(rankings.offsets[:-1], counts) + 1
    known = ~np.isnan(rankings.grades)
    ranks = np.zeros(len(table), dtype=np.int64)
    ranks[rankings.grades[known].astype(np.int64)] = places[known]
    return RankedItems(ranks, counts)
