"""Novelty- and rank-biased precision as a share of what the judged items allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palate.measures.subtopics._novelty import ideal_gains, novel_gains
from palate.measures.subtopics.base import SubtopicGrades, SubtopicMeasure
from palate.measures.subtopics.nrbp import rank_biased

__all__ = ["nNRBP"]


@dataclass(frozen=True)
class nNRBP(SubtopicMeasure):
    """NRBP as a share of that of an ideal ranking, which is built as that of alpha-nDCG.

    Clarke, Kolla and Vechtomova, An effectiveness measure for ambiguous and underspecified queries, ICTIR 2009,
    divided as in TREC's ndeval.

    Args:
        alpha: How much less a subtopic is worth when it was served once, in [0, 1].
        beta: How probable it is that a reader goes on to the next rank, in (0, 1).
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.

    >>> str(nNRBP(alpha=0.7))
    'nNRBP(alpha=0.7)'
    """

    name: ClassVar[str] = "nNRBP"
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}
    numbers: ClassVar[dict[str, tuple[float, float]]] = {"alpha": (0.0, 1.0), "beta": (1e-6, 1 - 1e-6)}

    alpha: float = 0.5
    beta: float = 0.5
    relevant_from: float = 1.0

    def value(self, grades: SubtopicGrades) -> float:
        """Return the value of a query, in [0, 1] but for ideal rankings that another one beats."""
        ranked, judged = grades.relevant(self.relevant_from)
        if not judged.size:
            return 0.0
        found = rank_biased(novel_gains(ranked, self.alpha), self.beta)
        return found / rank_biased(ideal_gains(judged, self.alpha, None), self.beta)
