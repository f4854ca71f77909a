"""Learn to rank by the cross entropy between a query's grades and its scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.core.randomness import generator
from palate.learning._boosting import BoostedTrees, check_grades, check_rows
from palate.learning._lesson import Gradients, Lesson, expected, mean_ndcg
from palate.learning.base import FloatArray, IntArray, LearningData

__all__ = ["XENDCG"]

_HIGHEST_GRADE = 30
"""LightGBM reckons 2 ** grade in 32 bits, so that grades above this would silently become nonsense."""


@dataclass(frozen=True)
class XENDCG(BoostedTrees):
    """Boosted trees on XE-nDCG, a bound of nDCG: listwise (Bruch, 2021), by LightGBM's ``rank_xendcg``.

    The loss of a query is the cross entropy −Σ φ ln ρ. Here ρ is the softmax of the scores, and φ is in proportion to
    2 ** grade − γ with γ drawn from [0, 1) anew for each row and each tree.

    Where judgments have a posterior, 2 ** grade is its expectation, and the gradient is ρ − φ, without the corrections of
    higher order that LightGBM adds. The numerator of φ is linear in 2 ** grade, so this is exact but for the sum that φ is
    divided by, which is the expected sum.
    """

    teaches_by_order: ClassVar[bool] = True

    def _lessons(self, data: LearningData, seed: int) -> list[Lesson]:
        hint = "Map them to few grades, 0 for the worst, or use lambdamart with gains='linear'."
        check_grades(data, "XE-nDCG", _HIGHEST_GRADE, hint)
        check_rows(data, "XE-nDCG")
        powers = expected(data, lambda grade: 2.0**grade)
        sizes, gains = data.group_sizes, powers - 1.0
        lesson = Lesson(
            data.grades.astype(np.float64),
            {"objective": "rank_xendcg", "objective_seed": seed % 2**31},
            lambda scores: mean_ndcg(scores, gains, sizes),
            data.probability,
        )
        if data.beliefs is None:
            return [lesson]
        return [Lesson(powers, {}, lesson.quality, None, _gradients(powers, sizes, seed))]


def _gradients(powers: FloatArray, group_sizes: IntArray, seed: int) -> Gradients:
    rng = generator(seed, "learn", "xendcg")
    starts = np.cumsum(group_sizes) - group_sizes

    def share(values: FloatArray) -> FloatArray:
        whole: FloatArray = values / np.repeat(np.add.reduceat(values, starts), group_sizes)
        return whole

    def gradients(scores: FloatArray) -> tuple[FloatArray, FloatArray]:
        highest = np.repeat(np.maximum.reduceat(scores, starts), group_sizes)
        softmax = share(np.exp(scores - highest))
        wanted = share(powers - rng.random(len(powers)))
        return softmax - wanted, softmax * (1.0 - softmax)

    return gradients
