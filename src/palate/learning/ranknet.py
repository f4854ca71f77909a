"""Learn to rank by putting the better of two items first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from palate.core.errors import InputError
from palate.learning._boosting import BoostedTrees, check_grades
from palate.learning._lesson import Gradients, Lesson, expected, mean_ndcg
from palate.learning._preferences import likelihood, preference_gradients
from palate.learning.base import FloatArray, IntArray, LearningData, Preferences

__all__ = ["RankNet"]

_MOST_PAIRS = 30_000_000
"""Some 700 MB."""


@dataclass(frozen=True)
class RankNet(BoostedTrees):
    """Boosted trees on the log-loss of pairs: pairwise (Burges and others, 2005), with trees for the net.

    Of two items of a query of which the first has the higher grade, the loss is ln(1 + exp(score of the second − score
    of the first)). Pairs of equal grades teach nothing. A query's pairs are divided by its number of judged items, so that
    long queries count by their items, not by the square of them.

    Where judgments have a posterior, both orders of a pair count, each by its probability, the two items' grades
    taken as independent. With ``confidence="weights"`` a pair counts by the product of its items' probabilities.

    Comparisons by people teach it directly: the loss of one is ln(1 + exp(−z)) times what speaks for the left, plus
    ln(1 + exp(z)) times what speaks for the right, where z is the left's score less the right's (Bradley and Terry, 1952, with
    scores by features). Of two lists judged side by side, a list's score is the sum of its items' scores, each divided by
    log2(1 + rank). They count beside the pairs that grades make. With ``confidence="ignore"`` what speaks for the weaker side
    is counted for the stronger.

    All pairs of a query count alike, those at its end as much as those at its top: :class:`LambdaMART` weighs them by
    what nDCG gains.
    """

    teaches_by_order: ClassVar[bool] = True
    takes_comparisons: ClassVar[bool] = True

    def _known(self, data: LearningData) -> LearningData:
        known = super()._known(data)
        if self.confidence != "ignore" or known.preferences is None:
            return known
        return replace(known, preferences=_decided(known.preferences))

    def _lessons(self, data: LearningData, seed: int) -> list[Lesson]:  # noqa: ARG002 (needs no chance)
        graded = replace(data, grades=np.maximum(data.grades, 0)) if data.preferences is not None else data
        check_grades(graded, "RankNet", None, "Map them to grades from 0 for the worst.")
        grades, sizes = expected(graded, lambda grade: grade), data.group_sizes
        of_grades, preferences = _gradients(_pairs(data), len(grades)), data.preferences
        if preferences is None:
            quality = lambda scores: mean_ndcg(scores, grades, sizes)  # noqa: E731 (one of two)
            return [Lesson(grades, {}, quality, gradients=of_grades)]
        of_preferences = preference_gradients(preferences, data)

        def gradients(scores: FloatArray) -> tuple[FloatArray, FloatArray]:
            (pull, bend), (more, bends) = of_grades(scores), of_preferences(scores)
            return pull + more, bend + bends

        return [Lesson(grades, {}, lambda scores: likelihood(preferences, scores), gradients=gradients)]


def _decided(preferences: Preferences) -> Preferences:
    both = preferences.left + preferences.right
    share = 0.5 * (1.0 + np.sign(preferences.left - preferences.right))
    return replace(preferences, left=both * share, right=both * (1.0 - share))


@dataclass(frozen=True)
class _Pairs:
    """Rows of which one belongs before the other, and how much that counts.

    Args:
        better: int64, shape (n_pairs,): positions of rows.
        worse: int64, shape (n_pairs,): rows of the same queries.
        weights: float64, shape (n_pairs,), above 0.
    """

    better: IntArray
    worse: IntArray
    weights: FloatArray


def _pairs(data: LearningData) -> _Pairs:
    """Return all pairs of each query that may be of different grades, weighted."""
    sizes = data.group_sizes
    count = int((sizes * sizes).sum())
    if count > _MOST_PAIRS:
        raise InputError(
            f"RankNet learns from at most {_MOST_PAIRS:,} pairs; the judgments here make {count:,}. Use lambdamart, which"
            " needs no list of pairs.",
            where="judgments",
        )
    starts = np.repeat(np.cumsum(sizes) - sizes, sizes)
    each = np.repeat(sizes, sizes)
    first = np.repeat(np.arange(len(starts)), each)
    second = np.arange(len(first)) - np.repeat(np.cumsum(each) - each, each) + np.repeat(starts, each)
    weights = _above(data, first, second) / np.repeat(each, each)
    if data.preferences is not None:
        graded = data.grades >= 0
        weights *= graded[first] & graded[second]
    if data.probability is not None:
        weights *= data.probability[first] * data.probability[second]
    count_for = weights > 0.0
    return _Pairs(first[count_for], second[count_for], weights[count_for])


def _above(data: LearningData, first: IntArray, second: IntArray) -> FloatArray:
    """Return the probability that each first row's grade is above the second's; 0 of a row and itself."""
    if data.beliefs is None:
        certain: FloatArray = (data.grades[first] > data.grades[second]).astype(np.float64)
        return certain
    shares = data.beliefs.shares
    below = np.cumsum(shares, axis=1) - shares
    above = np.zeros(len(first))
    for grade in range(1, shares.shape[1]):
        above += shares[first, grade] * below[second, grade]
    above[first == second] = 0.0
    return above


def _gradients(pairs: _Pairs, n_rows: int) -> Gradients:
    def gradients(scores: FloatArray) -> tuple[FloatArray, FloatArray]:
        # The probability that the model gives to the wrong order; tanh cannot overflow.
        wrong = 0.5 - 0.5 * np.tanh(0.5 * (scores[pairs.better] - scores[pairs.worse]))
        pull, bend = pairs.weights * wrong, pairs.weights * wrong * (1.0 - wrong)
        both = (pairs.better, pairs.worse)
        up, down = (_sums(rows, pull, n_rows) for rows in both)
        first, second = (_sums(rows, bend, n_rows) for rows in both)
        return down - up, first + second

    return gradients


def _sums(rows: IntArray, values: FloatArray, n_rows: int) -> FloatArray:
    return np.bincount(rows, weights=values, minlength=n_rows).astype(np.float64)
