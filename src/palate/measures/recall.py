"""Recall: the share of the relevant items that the first ranks hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["R"]


@dataclass(frozen=True)
class R(Measure):
    """Share of all items judged relevant that are among the first ``cutoff``. Kent et al., 1955.

    A query without a relevant item has the value 0, as in trec_eval.

    Args:
        cutoff: How many ranks count; must be given.
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.
        judged_only: Whether items without a judgment are taken out of the rankings first (trec_eval's ``-J``).

    >>> str(R(10))
    'R@10'
    """

    name: ClassVar[str] = "R"
    aliases: ClassVar[tuple[str, ...]] = ("Recall",)
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}
    needs_cutoff: ClassVar[bool] = True

    cutoff: int = 0  # refused by the check, so that the error can say what to write
    relevant_from: float = 1.0
    judged_only: bool = False

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,)."""
        rankings = rankings.seen(judged_only=self.judged_only)
        found = rankings.found_counts(self.relevant_from, self.cutoff)
        return found / np.maximum(rankings.relevant_counts(self.relevant_from), 1.0)
