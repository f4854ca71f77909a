"""Alpha-nDCG: gain that wears off when a meaning was served before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.subtopics._novelty import ideal_gains, novel_gains
from palate.measures.subtopics.base import FloatArray, SubtopicGrades, SubtopicMeasure

__all__ = ["alpha_nDCG", "discounted"]


@dataclass(frozen=True)
class alpha_nDCG(SubtopicMeasure):
    """nDCG where an item gains, for each subtopic it serves, (1 - alpha) to how many items before served it, too.

    Discounted by log2(rank + 1), as a share of the gain of an ideal ranking, which takes at every rank the item
    that gains most there, of equal ones that with the highest id. Clarke et al., Novelty and diversity in
    information retrieval evaluation, SIGIR 2008.

    Args:
        cutoff: How many ranks count; all by default.
        alpha: How much less a subtopic is worth when it was served once, in [0, 1].
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.
        judged_only: Whether items without a judgment are taken out of the rankings first.

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
    judged_only: bool = False

    def value(self, grades: SubtopicGrades) -> float:
        """Return the value of a query, in [0, 1] but for ideal rankings that another one beats."""
        ranked, judged = grades.relevant(self.relevant_from, judged_only=self.judged_only)
        if not judged.size:
            return 0.0
        gains = novel_gains(ranked[: self.cutoff], self.alpha)
        return discounted(gains) / discounted(ideal_gains(judged, self.alpha, self.cutoff))


def discounted(gains: FloatArray) -> float:
    """Return the sum of gains, best rank first, each over log2(rank + 1)."""
    return float(gains @ (1.0 / np.log2(np.arange(2, len(gains) + 2))))
