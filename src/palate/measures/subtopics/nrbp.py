"""Novelty- and rank-biased precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.subtopics._novelty import novel_gains
from palate.measures.subtopics.base import FloatArray, SubtopicGrades, SubtopicMeasure

__all__ = ["NRBP", "rank_biased"]


@dataclass(frozen=True)
class NRBP(SubtopicMeasure):
    """Gain that wears off with every item that served a subtopic before, and with ``beta`` from rank to rank.

    (1 - (1 - alpha) beta) / N times the sum over ranks r of beta^(r - 1) times the gain of alpha-nDCG, N the number
    of subtopics. Clarke, Kolla and Vechtomova, An effectiveness measure for ambiguous and underspecified queries,
    ICTIR 2009.

    Args:
        alpha: How much less a subtopic is worth when it was served once, in [0, 1].
        beta: How probable it is that a reader goes on to the next rank, in (0, 1).
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.

    >>> str(NRBP(beta=0.8))
    'NRBP(beta=0.8)'
    """

    name: ClassVar[str] = "NRBP"
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}
    numbers: ClassVar[dict[str, tuple[float, float]]] = {"alpha": (0.0, 1.0), "beta": (1e-6, 1 - 1e-6)}

    alpha: float = 0.5
    beta: float = 0.5
    relevant_from: float = 1.0

    def value(self, grades: SubtopicGrades) -> float:
        """Return the value of a query, in [0, 1]."""
        ranked, judged = grades.relevant(self.relevant_from)
        if not judged.size:
            return 0.0
        scale = (1.0 - (1.0 - self.alpha) * self.beta) / judged.shape[1]
        return min(float(scale * rank_biased(novel_gains(ranked, self.alpha), self.beta)), 1.0)


def rank_biased(gains: FloatArray, beta: float) -> float:
    """Return the sum of gains, best rank first, each times ``beta`` to how many ranks are before it."""
    return float(gains @ beta ** np.arange(len(gains)))
