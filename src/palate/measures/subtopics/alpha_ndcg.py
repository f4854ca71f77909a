"""Alpha-nDCG: gain that wears off when a meaning was served before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from palate.measures.subtopics.base import SubtopicGrades, SubtopicMeasure

__all__ = ["alpha_nDCG"]


@dataclass(frozen=True)
class alpha_nDCG(SubtopicMeasure):
    """nDCG where an item gains, for each subtopic it serves, (1 - alpha) to how many items before served it, too.

    Discounted by log2(rank + 1), as a share of the gain of an ideal ranking, which takes at every rank the item
    that gains most there, of equal ones that with the lowest id. Clarke et al., Novelty and diversity in
    information retrieval evaluation, SIGIR 2008.

    Args:
        cutoff: How many ranks count; all by default.
        alpha: How much less a subtopic is worth when it was served once, in [0, 1].
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.

    >>> str(alpha_nDCG(10)), str(alpha_nDCG(10, alpha=0.7))
    ('alpha_nDCG@10', 'alpha_nDCG(alpha=0.7)@10')
    """

    name: ClassVar[str] = "alpha_nDCG"
    aliases: ClassVar[tuple[str, ...]] = ("α_nDCG",)
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}
    numbers: ClassVar[dict[str, tuple[float, float]]] = {"alpha": (0.0, 1.0)}

    cutoff: int | None = None
    alpha: float = 0.5
    relevant_from: float = 1.0

    def value(self, grades: SubtopicGrades) -> float:
        """Return the value of a query, in [0, 1] but for ideal rankings that another one beats."""
        ranked, judged = grades.relevant(self.relevant_from)
        if not judged.size:
            return 0.0
        ideal = self._discounted(judged[_ideal_order(judged, self.alpha, self.cutoff)])
        return self._discounted(ranked) / ideal

    def _discounted(self, served: npt.NDArray[np.float64]) -> float:
        served = served[: self.cutoff]
        before = np.cumsum(served, axis=0) - served
        gains = (served * (1.0 - self.alpha) ** before).sum(axis=1)
        return float(gains @ (1.0 / np.log2(np.arange(2, len(gains) + 2))))


def _ideal_order(judged: npt.NDArray[np.float64], alpha: float, cutoff: int | None) -> list[int]:
    """Return the rows in the order of greatest gain; the best order itself is too hard to find."""
    worth, left, order = np.ones(judged.shape[1]), np.ones(len(judged), dtype=bool), []
    for _ in range(min(cutoff or len(judged), len(judged))):
        gains = np.where(left, judged @ worth, -1.0)
        best = int(gains.argmax())
        order.append(best)
        left[best] = False
        worth *= (1.0 - alpha) ** judged[best]
    return order
