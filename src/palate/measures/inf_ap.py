"""Inferred average precision, from judgments of a random part of the pool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["infAP"]


_EPSILON = 1e-5
"""Smooths the share of relevant items among those judged; trec_eval's constant."""


@dataclass(frozen=True)
class infAP(Measure):
    """Average precision estimated where only a random part of the pool is judged.

    Items of the pool that were not judged have a grade below 0 and are taken to be relevant as often as the
    judged items before; items outside the pool (without a judgment) are not relevant. At rank k of a relevant
    item, precision is 1 / k + (k - 1) / k · d / (k - 1) · (r + e) / (r + n + 2e), where d items before it are
    of the pool, r judged relevant, n judged not relevant, e = 0.00001. Yilmaz and Aslam, Estimating average
    precision with incomplete and imperfect judgments, CIKM 2006; trec_eval's ``infAP``.

    Args:
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.

    >>> str(infAP())
    'infAP'
    """

    name: ClassVar[str] = "infAP"
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}

    relevant_from: float = 1.0

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,)."""
        hits = rankings.found(self.relevant_from)
        grades = rankings.grades
        relevant = rankings.earlier(grades >= self.relevant_from, hits)
        irrelevant = rankings.earlier((grades >= 0) & (grades < self.relevant_from), hits)
        pooled = relevant + irrelevant + rankings.earlier(grades < 0, hits)
        share = (relevant + _EPSILON) / (relevant + irrelevant + 2.0 * _EPSILON)
        precisions = (1.0 + pooled * share) / hits.ranks
        sums = np.bincount(hits.queries, weights=precisions, minlength=rankings.n_queries)
        return sums / np.maximum(rankings.relevant_counts(self.relevant_from), 1.0)
