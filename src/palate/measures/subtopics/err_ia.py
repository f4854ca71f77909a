"""Intent-aware expected reciprocal rank."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.subtopics._novelty import novel_gains
from palate.measures.subtopics.base import SubtopicGrades, SubtopicMeasure

__all__ = ["ERR_IA"]


@dataclass(frozen=True)
class ERR_IA(SubtopicMeasure):
    """Expected reciprocal rank averaged over the subtopics, as a share of the greatest there could be.

    A relevant item satisfies with probability ``alpha``; ranks weigh 1 / rank. The greatest value is that of a
    ranking whose every item serves every subtopic, which TREC divides by, too. Chapelle et al., Intent-based
    diversification of web search results, Information Retrieval 2011, as in TREC's ndeval.

    Args:
        cutoff: How many ranks count; all by default.
        alpha: How probable it is that a relevant item satisfies, in (0, 1].
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.
        judged_only: Whether items without a judgment are taken out of the rankings first.

    >>> str(ERR_IA(20))
    'ERR_IA@20'
    """

    name: ClassVar[str] = "ERR_IA"
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}
    numbers: ClassVar[dict[str, tuple[float, float]]] = {"alpha": (1e-6, 1.0)}

    cutoff: int | None = None
    alpha: float = 0.5
    relevant_from: float = 1.0
    judged_only: bool = False

    def value(self, grades: SubtopicGrades) -> float:
        """Return the value of a query, in [0, 1]."""
        ranked, judged = grades.relevant(self.relevant_from, judged_only=self.judged_only)
        if not judged.size:
            return 0.0
        stops = self.alpha * novel_gains(ranked[: self.cutoff], self.alpha) / ranked.shape[1]
        return min(float(stops @ (1.0 / np.arange(1, len(stops) + 1))) / self._greatest(), 1.0)

    def _greatest(self) -> float:
        """Return the sum over ranks of alpha (1 - alpha)^(rank - 1) / rank: a series of the logarithm."""
        if self.cutoff is None:
            return 1.0 if self.alpha == 1.0 else self.alpha * math.log(self.alpha) / (self.alpha - 1.0)
        ranks = np.arange(1, self.cutoff + 1)
        return float(self.alpha * ((1.0 - self.alpha) ** (ranks - 1) / ranks).sum())
