"""Alpha-DCG: alpha-nDCG's gain as a share of what any collection could give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.subtopics._novelty import novel_gains
from palate.measures.subtopics.alpha_ndcg import discounted
from palate.measures.subtopics.base import SubtopicGrades, SubtopicMeasure

__all__ = ["alpha_DCG"]


@dataclass(frozen=True)
class alpha_DCG(SubtopicMeasure):
    """The gain of alpha-nDCG as a share of that of a ranking whose every item serves every subtopic.

    Unlike alpha-nDCG it does not depend on which items were judged. Clarke et al., Novelty and diversity in
    information retrieval evaluation, SIGIR 2008, divided as in TREC's ndeval.

    Args:
        cutoff: How many ranks count; must be given.
        alpha: How much less a subtopic is worth when it was served once, in [0, 1].
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.
        judged_only: Whether items without a judgment are taken out of the rankings first.

    >>> str(alpha_DCG(10))
    'alpha_DCG@10'
    """

    name: ClassVar[str] = "alpha_DCG"
    aliases: ClassVar[tuple[str, ...]] = ("α_DCG",)
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}
    numbers: ClassVar[dict[str, tuple[float, float]]] = {"alpha": (0.0, 1.0)}
    needs_cutoff: ClassVar[bool] = True

    cutoff: int = 0  # refused by the check, so that the error can say what to write
    alpha: float = 0.5
    relevant_from: float = 1.0
    judged_only: bool = False

    def value(self, grades: SubtopicGrades) -> float:
        """Return the value of a query, in [0, 1]."""
        ranked, judged = grades.relevant(self.relevant_from, judged_only=self.judged_only)
        if not judged.size:
            return 0.0
        most = judged.shape[1] * (1.0 - self.alpha) ** np.arange(self.cutoff)
        gains = novel_gains(ranked[: self.cutoff], self.alpha)
        return min(discounted(gains) / discounted(most), 1.0)
