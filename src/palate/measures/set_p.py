"""Precision of a whole result list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["SetP"]


@dataclass(frozen=True)
class SetP(Measure):
    """Share of relevant items among all that are ranked; 0 for an empty ranking. trec_eval's ``set_P``.

    Args:
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.
        relative: Whether to divide by the highest number of relevant items that the list could hold, its
            length or all items judged relevant, whichever is less (trec_eval's ``set_relative_P``).
        judged_only: Whether items without a judgment are taken out of the rankings first (trec_eval's ``-J``).

    >>> str(SetP()), str(SetP(relative=True))
    ('SetP', 'SetP(relative=True)')
    """

    name: ClassVar[str] = "SetP"
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}
    presets: ClassVar[dict[str, dict[str, object]]] = {"SetRelP": {"relative": True}}

    relevant_from: float = 1.0
    relative: bool = False
    judged_only: bool = False

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,)."""
        rankings = rankings.seen(judged_only=self.judged_only)
        size = rankings.ranked_counts.astype(np.float64)
        if self.relative:
            size = np.minimum(size, rankings.relevant_counts(self.relevant_from))
        return rankings.found_counts(self.relevant_from) / np.maximum(size, 1.0)
