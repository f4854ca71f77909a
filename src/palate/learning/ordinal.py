"""Learn to rank by foretelling, for each grade, how probably an item reaches it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from palate.core.errors import InputError
from palate.learning._boosting import BoostedTrees, check_grades
from palate.learning._lesson import Lesson
from palate.learning.base import Beliefs, FloatArray, LearningData

__all__ = ["Ordinal"]

_MOST_GRADES = 31
"""Each grade but the lowest is a sum of trees of its own."""


@dataclass(frozen=True)
class Ordinal(BoostedTrees):
    """One sum of boosted trees for each grade but the lowest, for P(grade ≥ g): pointwise, for graded answers.

    Frank and Hall (2001) split ordered classes into such questions; Li, Burges and Wu (2007, McRank) boost them and
    rank by the expected grade, as here. Learned apart, the answers may contradict each other, P(grade ≥ 2) above
    P(grade ≥ 1): each row's are put in falling order, which never takes them farther from a truth that falls
    (Chernozhukov, Fernández-Val and Galichon, 2010). The score is the lowest grade plus the sum of P(grade ≥ g) times
    the step up to g. Unlike :class:`Regression` it can have every grade depend on features in a way of its own.

    Where judgments have a posterior, the loss is the expected log-loss, which is that of the posterior's own P(grade ≥ g)
    as the label. ``trees`` are of each grade; early stopping, too, is by each grade's log-loss on held-out queries.
    LightGBM tells how many rows a leaf has by their second derivatives, so that rows whose grade is all but certain count
    little towards ``min_rows``, and probabilities stay farther from 0 and 1 than they could be.
    """

    def _known(self, data: LearningData) -> LearningData:
        known = super()._known(data)
        check_grades(known, "Ordinal", None, "Map them to grades from 0 for the worst.")
        count = len(np.unique(known.grades)) if known.beliefs is None else len(known.beliefs.grades)
        if count > _MOST_GRADES:
            raise InputError(
                f"Ordinal learns from at most {_MOST_GRADES} different grades; here are {count}. Map them to fewer,"
                " or use the objective regression.",
                where="judgments",
                column="grade",
            )
        # Known for all queries at once, so that each part of them has the same grades.
        return replace(known, beliefs=_beliefs(known))

    def _grades(self, data: LearningData) -> FloatArray:
        return _beliefs(data).grades.astype(np.float64)

    def _lessons(self, data: LearningData, seed: int) -> list[Lesson]:  # noqa: ARG002 (needs no chance)
        # P(grade >= g), shape (n_rows, n_grades - 1). Sums of shares may pass 1 in the last bit.
        reached = np.clip(_beliefs(data).shares[:, ::-1].cumsum(axis=1)[:, -2::-1], 0.0, 1.0)
        return [_lesson(column, data.probability) for column in reached.T]

    def _steps(self, grades: FloatArray) -> FloatArray:
        return np.diff(grades)

    def _combined(self, scores: FloatArray, grades: FloatArray) -> FloatArray:
        falling = np.sort(scores, axis=0)[::-1]
        combined: FloatArray = grades[0] + np.diff(grades) @ falling
        return combined


def _lesson(reached: FloatArray, weights: FloatArray | None) -> Lesson:
    def quality(probability: FloatArray) -> float:
        p = np.clip(probability, 1e-15, 1 - 1e-15)
        likelihood = reached * np.log(p) + (1.0 - reached) * np.log1p(-p)
        return float(np.average(likelihood, weights=weights))

    return Lesson(reached, {"objective": "cross_entropy"}, quality, weights)


def _beliefs(data: LearningData) -> Beliefs:
    """Return the posterior, or the certainty that the grades are what they are."""
    if data.beliefs is not None:
        return data.beliefs
    grades, codes = np.unique(data.grades, return_inverse=True)
    return Beliefs(grades.astype(np.int64), np.eye(len(grades))[codes])
