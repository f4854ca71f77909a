"""Intent-aware average precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.subtopics.base import SubtopicGrades, SubtopicMeasure

__all__ = ["AP_IA"]


@dataclass(frozen=True)
class AP_IA(SubtopicMeasure):
    """Average precision for each subtopic, averaged over the subtopics that have a relevant item.

    Agrawal et al., Diversifying search results, WSDM 2009.

    Args:
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.
        judged_only: Whether items without a judgment are taken out of the rankings first.

    >>> str(AP_IA(relevant_from=2))
    'AP_IA(rel=2)'
    """

    name: ClassVar[str] = "AP_IA"
    aliases: ClassVar[tuple[str, ...]] = ("MAP_IA",)
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}

    relevant_from: float = 1.0
    judged_only: bool = False

    def value(self, grades: SubtopicGrades) -> float:
        """Return the value of a query, in [0, 1]."""
        ranked, judged = grades.relevant(self.relevant_from, judged_only=self.judged_only)
        if not judged.size:
            return 0.0
        precisions = np.cumsum(ranked, axis=0) / np.arange(1, len(ranked) + 1)[:, None]
        return float(np.mean((precisions * ranked).sum(axis=0) / judged.sum(axis=0)))
