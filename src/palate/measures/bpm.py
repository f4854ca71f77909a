"""The Bejeweled Player Model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from palate.measures._reading import reading_rates
from palate.measures._scale import ScaledMeasure
from palate.measures.base import FloatArray, GradedRankings

__all__ = ["BPM"]


@dataclass(frozen=True)
class BPM(ScaledMeasure):
    """Mean gain of the ranks down to where the reader has had enough gain, or enough ranks.

    The reader stops at the first rank where the gain adds up to T, at the latest at ``cutoff``. Zhang et al.,
    Evaluating web search with a Bejeweled Player Model, SIGIR 2017 (static); the gain is the grade as a share of
    ``highest_grade``, as in cwl_eval.

    Args:
        cutoff: How many ranks count; must be given.
        T: How much gain the reader wants, above 0.
        highest_grade: The highest grade of the scale, above 0; prints as ``max_rel``.
        lowest_grade: The lowest, from 0: it and what is below gains nothing; prints as ``min_rel``.

    >>> str(BPM(10, T=2, highest_grade=4))
    'BPM(T=2,max_rel=4)@10'
    """

    name: ClassVar[str] = "BPM"
    numbers: ClassVar[dict[str, tuple[float, float]]] = {
        "T": (1e-6, 1e6),
        "highest_grade": (1e-6, math.inf),
        "lowest_grade": (0, math.inf),
    }
    needs_cutoff: ClassVar[bool] = True

    cutoff: int = 0  # refused by the check, so that the error can say what to write
    T: float = 1.0
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
        return (gained < self.T * self.full_gain).astype(float)
