"""The greatest share that items of unknown gain can give a weighted sum of the best sum there is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["RatioProblem", "greatest_ratio"]

FloatArray = npt.NDArray[np.float64]

_SAME = 1e-12
_ROUNDS = 100
"""Dinkelbach's rounds grow like the logarithm of the digits; 5 are rarely exceeded."""


@dataclass(frozen=True)
class RatioProblem:
    """A sum over items of weight times gain, divided by the best sum of the same gains.

    Items of unknown gain ("holes") have one of the gains ``levels``.

    Args:
        weights: float64, shape (n_holes,): the weight of each hole; of any sign, as in a difference of two rankings.
        known: The sum over items of known gain.
        known_gains: float64, shape (n_known,): these items' gains.
        levels: float64, shape (n_levels,), rising, from 0 on: the gains that holes can have.
        best: float64, shape (at least n_holes + n_known + 1,): best[n] is the sum of the greatest n weights that items
            can have, never falling and ever less so; all None where the sum is not divided.
    """

    weights: FloatArray
    known: float
    known_gains: FloatArray
    levels: FloatArray
    best: FloatArray | None

    def flipped(self) -> RatioProblem:
        """Return the problem with the sum negated, whose greatest ratio is the least of this one, negated."""
        return RatioProblem(-self.weights, -self.known, self.known_gains, self.levels, self.best)


def greatest_ratio(problem: RatioProblem) -> float:
    """Return the greatest ratio over all gains that the holes can have; 0 where there is nothing to divide by.

    Both sums split into layers: of the items that gain at least some level, the sum counts the weights, and the best sum
    their number only. With a given number of holes in a layer, those of the greatest weights are best, for every layer the
    same ones first. So what is left to choose are numbers of holes, not rising from layer to layer. Dinkelbach's method (On
    nonlinear fractional programming, Management Science 1967) turns the greatest ratio into greatest differences, sum -
    ratio × best sum, which are sums over layers: a dynamic program finds each exactly.
    """
    layers = _Layers(problem)
    n_holes = len(problem.weights)
    counts = np.zeros(len(problem.levels) - 1, dtype=np.int64)
    ratio = layers.ratio(counts)
    if not n_holes or not len(counts):
        return ratio
    if problem.best is None:
        return layers.ratio(layers.best_counts(0.0))
    for _ in range(_ROUNDS):
        further = layers.ratio(layers.best_counts(ratio))
        if further <= ratio + _SAME:
            break
        ratio = further
    return ratio


class _Layers:
    """Both sums, by how many holes gain at least each level above the lowest."""

    def __init__(self, problem: RatioProblem) -> None:
        levels, n_holes = problem.levels, len(problem.weights)
        ordered = np.sort(problem.weights)[::-1]
        self.sums = np.concatenate([[0.0], np.cumsum(ordered)])
        self.steps = np.diff(levels)
        self.lowest_sum = problem.known + levels[0] * self.sums[-1]
        self.divisors = np.zeros((len(self.steps), n_holes + 1))
        self.fixed_divisor = 0.0
        self.divided = problem.best is not None
        if problem.best is None:
            return
        thresholds = np.unique(np.concatenate([levels, problem.known_gains]))
        thresholds = thresholds[thresholds > 0]
        rises = np.diff(thresholds, prepend=0.0)
        holes = np.arange(n_holes + 1)
        for threshold, rise in zip(thresholds.tolist(), rises.tolist(), strict=True):
            known = int((problem.known_gains >= threshold).sum())
            level = int(np.searchsorted(levels, threshold))  # the lowest that reaches the threshold
            if level == 0:
                self.fixed_divisor += rise * problem.best[known + n_holes]
            elif level == len(levels):
                self.fixed_divisor += rise * problem.best[known]
            else:
                self.divisors[level - 1] += rise * problem.best[known + holes]

    def ratio(self, counts: npt.NDArray[np.int64]) -> float:
        """Return the ratio with these numbers of holes in the layers."""
        total = self.lowest_sum + float(self.steps @ self.sums[counts])
        if not self.divided:
            return float(total)
        divisor = self.fixed_divisor + float(self.divisors[np.arange(len(counts)), counts].sum())
        return float(total / divisor) if divisor > 0 else 0.0

    def best_counts(self, ratio: float) -> npt.NDArray[np.int64]:
        """Return the numbers of holes, not rising, with the greatest sum - ratio × best sum."""
        worth = self.steps[:, np.newaxis] * self.sums - ratio * self.divisors
        so_far = np.zeros(worth.shape[1])
        choices = []
        for layer in worth[::-1]:  # the highest level first: it has the fewest holes
            value = layer + so_far
            # Where the greatest value up to each number of holes is reached first.
            greatest = np.maximum.accumulate(value)
            rises = np.concatenate([[True], greatest[1:] > greatest[:-1]])
            choices.append(np.maximum.accumulate(np.where(rises, np.arange(len(value)), 0)))
            so_far = greatest
        counts = np.empty(len(worth), dtype=np.int64)
        limit = worth.shape[1] - 1
        for place, choice in enumerate(reversed(choices)):
            limit = int(choice[limit])
            counts[place] = limit
        return counts
