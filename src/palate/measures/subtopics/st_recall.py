"""Subtopic recall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.subtopics.base import SubtopicGrades, SubtopicMeasure

__all__ = ["StRecall"]


@dataclass(frozen=True)
class StRecall(SubtopicMeasure):
    """Share of the subtopics that an item among the first ``cutoff`` serves. Zhai, Cohen and Lafferty, SIGIR 2003.

    Args:
        cutoff: How many ranks count; all by default.
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.

    >>> str(StRecall(10))
    'StRecall@10'
    """

    name: ClassVar[str] = "StRecall"
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}

    cutoff: int | None = None
    relevant_from: float = 1.0

    def value(self, grades: SubtopicGrades) -> float:
        """Return the value of a query, in [0, 1]."""
        ranked, judged = grades.relevant(self.relevant_from)
        return float(np.mean(ranked[: self.cutoff].any(axis=0))) if judged.size else 0.0
