"""Success: whether the first items hold a relevant one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["Success"]


@dataclass(frozen=True)
class Success(Measure):
    """1 if a relevant item is among the first ``cutoff``, else 0: trec_eval's ``success``, recommenders' hit rate.

    Args:
        cutoff: How many ranks count; must be given.
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.
        judged_only: Whether items without a judgment are taken out of the rankings first (trec_eval's ``-J``).

    >>> str(Success(5)), str(Success(10, relevant_from=2))
    ('Success@5', 'Success(rel=2)@10')
    """

    name: ClassVar[str] = "Success"
    aliases: ClassVar[tuple[str, ...]] = ("Hit", "HR", "HitRate")
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}
    needs_cutoff: ClassVar[bool] = True

    cutoff: int = 0  # refused by the check, so that the error can say what to write
    relevant_from: float = 1.0
    judged_only: bool = False

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return 0 or 1 a query, shape (n_queries,)."""
        rankings = rankings.seen(judged_only=self.judged_only)
        return np.minimum(rankings.found_counts(self.relevant_from, self.cutoff), 1.0)
