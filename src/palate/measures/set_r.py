"""Recall of a whole result list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["SetR"]


@dataclass(frozen=True)
class SetR(Measure):
    """Share of all items judged relevant that are ranked, at any rank; 0 without any. trec_eval's ``set_recall``.

    Args:
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.

    >>> str(SetR(relevant_from=2))
    'SetR(rel=2)'
    """

    name: ClassVar[str] = "SetR"
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}

    relevant_from: float = 1.0

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,)."""
        relevant = rankings.relevant_counts(self.relevant_from)
        return rankings.found_counts(self.relevant_from) / np.maximum(relevant, 1.0)
