"""Average precision of a result list without an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["SetAP"]


@dataclass(frozen=True)
class SetAP(Measure):
    """Precision times recall of all that is ranked: the AP to expect of a set. trec_eval's ``set_map``.

    Args:
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.
        judged_only: Whether items without a judgment are taken out of the rankings first (trec_eval's ``-J``).

    >>> str(SetAP())
    'SetAP'
    """

    name: ClassVar[str] = "SetAP"
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}

    relevant_from: float = 1.0
    judged_only: bool = False

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,)."""
        rankings = rankings.seen(judged_only=self.judged_only)
        size = rankings.ranked_counts * rankings.relevant_counts(self.relevant_from)
        return rankings.found_counts(self.relevant_from) ** 2 / np.maximum(size, 1.0)
