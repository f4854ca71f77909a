"""Learn to rank by boosted regression trees whose gradients are weighted by nDCG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from palate.core.errors import SettingsError
from palate.learning._boosting import BoostedTrees, check_grades, check_rows
from palate.learning._lesson import Lesson, expected, mean_ndcg
from palate.learning.base import FloatArray, LearningData

__all__ = ["LambdaMART"]

_HIGHEST_GRADE = 30
"""Gains are 2 ** grade - 1; beyond this one item outweighs all others of a billion."""

_MOST_GAINS = 4096
"""LightGBM counts the rows of every gain in every query; more gains than this are rounded to so many steps."""


@dataclass(frozen=True)
class LambdaMART(BoostedTrees):
    """Boosted trees on nDCG's gradients (Burges, 2010), by LightGBM's ``lambdarank``.

    Where judgments have a posterior, an item's gain is its expected gain, such as E[2 ** grade - 1]. DCG (Järvelin
    and Kekäläinen, 2002) is a sum of gains times discounts, so the DCG of a ranking with expected gains *is* its
    expected DCG, whatever the posterior: the trees go after the expected DCG of each query. It is divided by the DCG of
    the ideal ranking of expected gains; the expectation of nDCG itself would divide by each draw's ideal, which only
    changes how much one query counts against another.

    On MovieLens, with answers of simulated annotators on up to 20 items of each of 150 users, random thresholds
    raised what reranking adds to nDCG@10 on unseen users from 0.007 to 0.013; more leaves or trees lowered it.

    Args:
        gains: What a grade is worth: ``exponential``, 2 ** grade - 1, for grades up to 30; or ``linear``, the grade
            itself, however high.
    """

    teaches_by_order: ClassVar[bool] = True

    gains: Literal["exponential", "linear"] = "exponential"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.gains not in {"exponential", "linear"}:
            raise SettingsError(f"'gains' must be exponential or linear; it is {self.gains!r}.")

    def _lessons(self, data: LearningData, seed: int) -> list[Lesson]:  # noqa: ARG002 (needs no chance)
        exponential = self.gains == "exponential"
        hint = "Set gains to 'linear', or map them to few grades, 0 for the worst."
        check_grades(data, "LambdaMART", _HIGHEST_GRADE if exponential else None, hint)
        check_rows(data, "LambdaMART")
        gains = expected(data, (lambda grade: 2.0**grade - 1.0) if exponential else (lambda grade: grade))
        # LightGBM takes whole labels and a gain for each. Its own table ends at label 30, so we always give ours.
        table, labels = np.unique(_few(gains), return_inverse=True)
        parameters = {"objective": "lambdarank", "label_gain": table.tolist()}
        sizes = data.group_sizes
        return [
            Lesson(
                labels.astype(np.float64),
                parameters,
                lambda scores: mean_ndcg(scores, gains, sizes),
                data.probability,
            )
        ]


def _few(gains: FloatArray) -> FloatArray:
    """Return the gains, rounded to even steps if there are more than LightGBM can be given."""
    if len(np.unique(gains)) <= _MOST_GAINS:
        return gains
    lowest, highest = float(gains.min()), float(gains.max())
    step = (highest - lowest) / (_MOST_GAINS - 1)
    return lowest + np.round((gains - lowest) / step) * step
