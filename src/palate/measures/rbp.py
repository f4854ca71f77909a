"""Rank-biased precision."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["RBP"]


@dataclass(frozen=True)
class RBP(Measure):
    """Expected rate of gain of a reader who goes on to the next rank with probability p.

    (1 - p) · the sum over ranks r of gain(r) · p^(r - 1). Moffat and Zobel, Rank-biased precision for measurement
    of retrieval effectiveness, TOIS 2008. The gain is 1 for relevant items, or, with
    ``highest_grade``, the grade as a share of it. What unjudged items and the ranks behind the list's end could
    add is ``RBPResidual``.

    Args:
        cutoff: How many ranks count; all by default.
        p: Patience, in (0, 1): 0.5 looks at 2 ranks on average, 0.8 at 5, 0.95 at 20.
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``. Without effect on graded gain.
        highest_grade: The highest grade of the scale for graded gain; prints as ``max_rel``. Without it gain
            is binary.

    >>> str(RBP(p=0.9)), str(RBP(10, relevant_from=2)), str(RBP(highest_grade=3))
    ('RBP(p=0.9)', 'RBP(rel=2)@10', 'RBP(max_rel=3)')
    """

    name: ClassVar[str] = "RBP"
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel", "highest_grade": "max_rel"}
    numbers: ClassVar[dict[str, tuple[float, float]]] = {"p": (1e-6, 1 - 1e-6)}

    cutoff: int | None = None
    p: float = 0.8
    relevant_from: float = 1.0
    highest_grade: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.highest_grade is not None:
            self._check_range("highest_grade", self.highest_grade, 1e-6, math.inf)

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,).

        Raises:
            InputError: Gain is graded and a grade is above ``highest_grade``.
        """
        if self.highest_grade is None:
            hits = rankings.found(self.relevant_from, self.cutoff)
            gains = np.ones(len(hits.grades))
        else:
            rankings.refuse_grades_above(self.highest_grade, self)
            hits = rankings.found(0.0, self.cutoff)
            gains = hits.grades / self.highest_grade
        weights = (1.0 - self.p) * gains * self.p ** (hits.ranks - 1.0)
        return np.bincount(hits.queries, weights=weights, minlength=rankings.n_queries).astype(np.float64)
