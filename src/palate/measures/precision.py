"""Precision: the share of the first items that are relevant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["P"]


@dataclass(frozen=True)
class P(Measure):
    """Share of relevant items among the first ``cutoff``. Kent et al., 1955.

    Shorter rankings are padded with irrelevant items, as trec_eval does.

    Args:
        cutoff: How many ranks count; must be given.
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.
        judged_only: Whether items without a judgment are taken out of the rankings first (trec_eval's ``-J``).

    >>> str(P(5, relevant_from=2))
    'P(rel=2)@5'
    """

    name: ClassVar[str] = "P"
    aliases: ClassVar[tuple[str, ...]] = ("Precision",)
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}
    needs_cutoff: ClassVar[bool] = True

    cutoff: int = 0  # refused by the check, so that the error can say what to write
    relevant_from: float = 1.0
    judged_only: bool = False

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,)."""
        rankings = rankings.seen(judged_only=self.judged_only)
        return rankings.found_counts(self.relevant_from, self.cutoff) / self.cutoff
