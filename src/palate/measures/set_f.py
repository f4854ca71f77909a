"""F of a whole result list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["SetF"]


@dataclass(frozen=True)
class SetF(Measure):
    """Weighted harmonic mean of the precision and recall of all that is ranked: trec_eval's ``set_F``.

    (1 + beta) · P · R / (beta · P + R), and 0 where both are 0. As in trec_eval and ir_measures ``beta`` is the
    weight itself; elsewhere, ``F`` included, the weight is beta squared.

    Args:
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.
        beta: The weight of recall in the mean, where precision weighs 1; above 0.
        judged_only: Whether items without a judgment are taken out of the rankings first (trec_eval's ``-J``).

    >>> str(SetF()), str(SetF(beta=2))
    ('SetF', 'SetF(beta=2)')
    """

    name: ClassVar[str] = "SetF"
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}
    numbers: ClassVar[dict[str, tuple[float, float]]] = {"beta": (1e-6, 1e6)}

    relevant_from: float = 1.0
    beta: float = 1.0
    judged_only: bool = False

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,)."""
        rankings = rankings.seen(judged_only=self.judged_only)
        found = rankings.found_counts(self.relevant_from)
        size = rankings.ranked_counts + self.beta * rankings.relevant_counts(self.relevant_from)
        return np.divide((1.0 + self.beta) * found, size, out=np.zeros_like(found), where=size > 0)
