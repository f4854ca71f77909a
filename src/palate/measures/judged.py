"""How much of a ranking is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["Judged"]


@dataclass(frozen=True)
class Judged(Measure):
    """Share of the first ``cutoff`` items that have a judgment, of whatever grade.

    Shorter rankings are not padded: the share is of the items there are, as in ir_measures. An empty ranking
    has the value 0.

    Args:
        cutoff: How many ranks count; all by default.

    >>> str(Judged(10))
    'Judged@10'
    """

    name: ClassVar[str] = "Judged"
    needs_relevant: ClassVar[bool] = False

    cutoff: int | None = None

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,)."""
        counts = rankings.ranked_counts
        counts = counts if self.cutoff is None else np.minimum(counts, self.cutoff)
        before = np.concatenate([[0], np.cumsum(~np.isnan(rankings.grades))])
        starts = rankings.offsets[:-1]
        shares: FloatArray = (before[starts + counts] - before[starts]) / np.maximum(counts, 1.0)
        return shares
