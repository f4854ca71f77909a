"""F: the harmonic mean of precision and recall at a cutoff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["F"]


@dataclass(frozen=True)
class F(Measure):
    """Weighted harmonic mean of precision and recall among the first ``cutoff``. Van Rijsbergen, 1979.

    (1 + beta²) · P · R / (beta² · P + R), and 0 where both are 0. Of whole result lists see ``SetF``, whose
    weight is trec_eval's.

    Args:
        cutoff: How many ranks count; must be given.
        beta: How many times as much recall matters as precision, above 0.
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.
        judged_only: Whether items without a judgment are taken out of the rankings first (trec_eval's ``-J``).

    >>> str(F(10)), str(F(10, beta=0.5))
    ('F@10', 'F(beta=0.5)@10')
    """

    name: ClassVar[str] = "F"
    aliases: ClassVar[tuple[str, ...]] = ("F1",)
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}
    numbers: ClassVar[dict[str, tuple[float, float]]] = {"beta": (1e-3, 1e3)}
    needs_cutoff: ClassVar[bool] = True

    cutoff: int = 0  # refused by the check, so that the error can say what to write
    beta: float = 1.0
    relevant_from: float = 1.0
    judged_only: bool = False

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,)."""
        rankings = rankings.seen(judged_only=self.judged_only)
        found = rankings.found_counts(self.relevant_from, self.cutoff)
        weight = self.beta**2
        # P = found / cutoff and R = found / relevant, so that the mean is one quotient
        return (1 + weight) * found / (self.cutoff + weight * rankings.relevant_counts(self.relevant_from))
