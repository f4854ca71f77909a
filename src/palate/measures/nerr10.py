"""Nearly expected reciprocal rank with the patience of RBP."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from palate.measures._reading import LAST_RANK, reading_rates
from palate.measures._scale import ScaledMeasure
from palate.measures.base import FloatArray, GradedRankings

__all__ = ["NERR10"]


@dataclass(frozen=True)
class NERR10(ScaledMeasure):
    """Rate of gain of a reader who stops at an item with the probability of its gain, and otherwise goes on with p.

    The gain is the grade as a share of ``highest_grade``; the reader sees up to 1,000 ranks, as in cwl_eval. Azzopardi,
    Mackenzie and Moffat, ERR is not C/W/L, ICTIR 2021, equation 10.

    Args:
        p: Patience, in (0, 1).
        highest_grade: The highest grade of the scale, above 0; prints as ``max_rel``.
        lowest_grade: The lowest, from 0: it and what is below gains nothing; prints as ``min_rel``.

    >>> str(NERR10(p=0.8, highest_grade=4))
    'NERR10(p=0.8,max_rel=4)'
    """

    name: ClassVar[str] = "NERR10"
    numbers: ClassVar[dict[str, tuple[float, float]]] = {
        "p": (1e-6, 1 - 1e-6),
        "highest_grade": (1e-6, math.inf),
        "lowest_grade": (0, math.inf),
    }

    p: float = 0.9
    highest_grade: float = 1.0
    lowest_grade: float = 0.0

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,).

        Raises:
            InputError: A grade is above ``highest_grade``.
        """
        rankings = self.on_scale(rankings)
        return reading_rates(rankings, self.full_gain, LAST_RANK, self._goes_on)

    def _goes_on(self, rank: int, grades: FloatArray, gained: FloatArray) -> FloatArray:  # noqa: ARG002 (one form for all)
        return self.p * (1.0 - grades / self.full_gain)
