"""How many items are relevant."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["NumRel"]


@dataclass(frozen=True)
class NumRel(Measure):
    """How many items are judged relevant, ranked or not: the same for every system.

    Summaries hold the sum over the judged queries. trec_eval and ir_measures leave out those that a run does not answer.

    Args:
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.

    >>> str(NumRel(relevant_from=2))
    'NumRel(rel=2)'
    """

    name: ClassVar[str] = "NumRel"
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}
    highest: ClassVar[float] = math.inf
    adds_up: ClassVar[bool] = True

    relevant_from: float = 1.0

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one count a query, shape (n_queries,)."""
        return rankings.relevant_counts(self.relevant_from)
