"""How many items are ranked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["NumRet"]


@dataclass(frozen=True)
class NumRet(Measure):
    """How many items are ranked, or, with ``relevant_from``, how many relevant ones.

    Summaries hold the sum over queries, as those of trec_eval and ir_measures.

    Args:
        relevant_from: The lowest grade that counts, above 0; prints as ``rel``. Without it all items count.

    >>> str(NumRet()), str(NumRet(relevant_from=1))
    ('NumRet', 'NumRet(rel=1)')
    """

    name: ClassVar[str] = "NumRet"
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}
    presets: ClassVar[dict[str, dict[str, object]]] = {"NumRelRet": {"relevant_from": 1}}
    highest: ClassVar[float] = math.inf
    needs_relevant: ClassVar[bool] = False
    adds_up: ClassVar[bool] = True

    relevant_from: float | None = None

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one count a query, shape (n_queries,)."""
        if self.relevant_from is None:
            return rankings.ranked_counts.astype(np.float64)
        return rankings.found_counts(self.relevant_from)
