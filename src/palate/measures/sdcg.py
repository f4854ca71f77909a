"""Scaled discounted cumulative gain."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from palate.measures._gain import GAINS, discounted_gains
from palate.measures._scale import ScaledMeasure
from palate.measures.base import FloatArray, GradedRankings

__all__ = ["SDCG"]


@dataclass(frozen=True)
class SDCG(ScaledMeasure):
    """DCG as a share of that of a ranking with the highest grade of the scale at every rank.

    Unlike nDCG it does not depend on which items were judged; like P it cannot be 1 where few items are good.
    It is the scaled DCG of cwl_eval, from where ir_measures takes it.

    Args:
        cutoff: How many ranks count; must be given.
        highest_grade: The highest grade of the scale, above 0; prints as ``max_rel``.
        lowest_grade: The lowest, from 0: it and what is below gains nothing; prints as ``min_rel``.
        gain: ``linear``, the grade, and no other; prints as ``dcg``.

    >>> str(SDCG(10, highest_grade=3))
    'SDCG(max_rel=3)@10'
    """

    name: ClassVar[str] = "SDCG"
    short: ClassVar[dict[str, str]] = ScaledMeasure.short | {"gain": "dcg"}
    numbers: ClassVar[dict[str, tuple[float, float]]] = {
        "highest_grade": (1e-6, math.inf),
        "lowest_grade": (0, math.inf),
    }
    choices: ClassVar[dict[str, dict[str, str]]] = {"gain": {"linear": GAINS["linear"]}}
    needs_cutoff: ClassVar[bool] = True

    cutoff: int = 0  # refused by the check, so that the error can say what to write
    highest_grade: float = 1.0
    lowest_grade: float = 0.0
    gain: Literal["linear"] = "linear"

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,).

        Raises:
            InputError: A grade is above ``highest_grade``.
        """
        rankings = self.on_scale(rankings)
        found = discounted_gains(rankings.hits, rankings.n_queries, "linear", "smooth", self.cutoff)
        best = self.full_gain * np.sum(1.0 / np.log2(np.arange(2, self.cutoff + 2)))
        return np.minimum(found / best, 1.0)  # sums of the same gains in another order differ in the last bit
