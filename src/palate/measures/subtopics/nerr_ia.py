"""Intent-aware expected reciprocal rank as a share of what the judged items allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.subtopics._novelty import ideal_gains, novel_gains
from palate.measures.subtopics.base import FloatArray, SubtopicGrades, SubtopicMeasure

__all__ = ["nERR_IA"]


@dataclass(frozen=True)
class nERR_IA(SubtopicMeasure):
    """ERR_IA as a share of that of an ideal ranking, which is built as that of alpha-nDCG.

    Chapelle et al., Intent-based diversification of web search results, Information Retrieval 2011, divided as in
    TREC's ndeval.

    Args:
        cutoff: How many ranks count; all by default.
        alpha: How much less a subtopic is worth when it was served once, in [0, 1].
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.
        judged_only: Whether items without a judgment are taken out of the rankings first.

    >>> str(nERR_IA(20))
    'nERR_IA@20'
    """

    name: ClassVar[str] = "nERR_IA"
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}
    numbers: ClassVar[dict[str, tuple[float, float]]] = {"alpha": (1e-6, 1.0)}

    cutoff: int | None = None
    alpha: float = 0.5
    relevant_from: float = 1.0
    judged_only: bool = False

    def value(self, grades: SubtopicGrades) -> float:
        """Return the value of a query, in [0, 1] but for ideal rankings that another one beats."""
        ranked, judged = grades.relevant(self.relevant_from, judged_only=self.judged_only)
        if not judged.size:
            return 0.0
        found = _by_rank(novel_gains(ranked[: self.cutoff], self.alpha))
        return found / _by_rank(ideal_gains(judged, self.alpha, self.cutoff))


def _by_rank(gains: FloatArray) -> float:
    return float(gains @ (1.0 / np.arange(1, len(gains) + 1)))
