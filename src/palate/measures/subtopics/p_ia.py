"""Intent-aware precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palate.measures.subtopics.base import SubtopicGrades, SubtopicMeasure

__all__ = ["P_IA"]


@dataclass(frozen=True)
class P_IA(SubtopicMeasure):
    """Precision for each subtopic, averaged over the subtopics. Agrawal et al., Diversifying search results, WSDM 2009.

    Args:
        cutoff: How many ranks count; must be given.
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.
        judged_only: Whether items without a judgment are taken out of the rankings first.

    >>> str(P_IA(10))
    'P_IA@10'
    """

    name: ClassVar[str] = "P_IA"
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}
    needs_cutoff: ClassVar[bool] = True

    cutoff: int = 0  # refused by the check, so that the error can say what to write
    relevant_from: float = 1.0
    judged_only: bool = False

    def value(self, grades: SubtopicGrades) -> float:
        """Return the value of a query, in [0, 1]."""
        ranked, judged = grades.relevant(self.relevant_from, judged_only=self.judged_only)
        return float(ranked[: self.cutoff].sum() / (self.cutoff * judged.shape[1])) if judged.size else 0.0
