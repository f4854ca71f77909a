"""Nearly expected reciprocal rank, cut off."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from palate.measures._reading import reading_rates
from palate.measures._scale import ScaledMeasure
from palate.measures.base import FloatArray, GradedRankings

__all__ = ["NERR8"]


@dataclass(frozen=True)
class NERR8(ScaledMeasure):
    """Rate of gain of a reader who stops at an item with the probability of its gain, at the latest at ``cutoff``.

    The gain is the grade as a share of ``highest_grade``. Azzopardi, Mackenzie and Moffat, ERR is not C/W/L, ICTIR
    2021, equation 8.

    Args:
        cutoff: How many ranks count; must be given.
        highest_grade: The highest grade of the scale, above 0; prints as ``max_rel``.
        lowest_grade: The lowest, from 0: it and what is below gains nothing; prints as ``min_rel``.

    >>> str(NERR8(10, highest_grade=4))
    'NERR8(max_rel=4)@10'
    """

    name: ClassVar[str] = "NERR8"
    numbers: ClassVar[dict[str, tuple[float, float]]] = {
        "highest_grade": (1e-6, math.inf),
        "lowest_grade": (0, math.inf),
    }
    needs_cutoff: ClassVar[bool] = True

    cutoff: int = 0  # refused by the check, so that the error can say what to write
    highest_grade: float = 1.0
    lowest_grade: float = 0.0

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,).

        Raises:
            InputError: A grade is above ``highest_grade``.
        """
        rankings = self.on_scale(rankings)
        return reading_rates(rankings, self.full_gain, self.cutoff, self._goes_on)

    def _goes_on(self, rank: int, grades: FloatArray, gained: FloatArray) -> FloatArray:  # noqa: ARG002 (one form for all)
        return 1.0 - grades / self.full_gain
