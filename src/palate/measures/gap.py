"""Graded average precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.ap import AP
from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["GAP"]


@dataclass(frozen=True)
class GAP(Measure):
    """Average precision for a reader whose threshold of relevance, any grade of the scale, is not known.

    The mean of AP over thresholds, each weighted by how probable it is times how many items reach it; every
    threshold is as probable as another. Robertson, Kanoulas and Yilmaz, Extending average precision to graded
    relevance judgments, SIGIR 2010, with equal g. Where all relevant items have one grade it is AP.
    Grades between whole numbers count as far as thresholds lie below them.

    Args:
        cutoff: How many ranks count; all by default.

    >>> str(GAP(10))
    'GAP@10'
    """

    name: ClassVar[str] = "GAP"

    cutoff: int | None = None

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,)."""
        levels = np.unique(rankings.ideal_hits.grades)
        found, ideal = np.zeros(rankings.n_queries), np.zeros(rankings.n_queries)
        for level, width in zip(levels.tolist(), np.diff(levels, prepend=0.0), strict=True):
            relevant = rankings.relevant_counts(level)
            found += width * relevant * AP(self.cutoff, relevant_from=level).per_query(rankings)
            ideal += width * relevant
        return np.divide(found, ideal, out=np.zeros_like(found), where=ideal > 0)
