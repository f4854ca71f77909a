"""Rankings as choices, one after the other, of the best of what is left: likelihood, gradient and information."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.aggregation.rankings._ordered_pairs import blocks
from palate.aggregation.rankings.base import CodedRankings, FloatArray
from palate.core.coding import IntArray

__all__ = ["Choices", "Point"]


@dataclass(frozen=True)
class _Block:
    """Rankings of equal length: candidates best first, and whether each was chosen from several left."""

    candidates: IntArray
    chosen: FloatArray
    groups: IntArray


@dataclass(frozen=True)
class Choices:
    """The likelihood of scores, given rankings and what is assumed beforehand.

    Args:
        blocks: The rankings.
        groups: The group of every candidate: int32, shape (n_candidates,).
        regularization: How many virtual comparisons with an average item every candidate has, half of them won.
    """

    blocks: tuple[_Block, ...]
    groups: IntArray
    regularization: float

    @classmethod
    def from_rankings(cls, rankings: CodedRankings, regularization: float) -> Choices:
        """Return the choices that rankings without ties are made of."""
        found = []
        for alike, places in blocks(rankings):
            chosen = rankings.listed[places].astype(np.float64)
            chosen[:, -1] = 0.0
            if chosen.any():
                found.append(_Block(rankings.candidates[places], chosen, rankings.group_of_ranking[alike]))
        return cls(tuple(found), rankings.group_of_candidate, regularization)

    def at(self, scores: FloatArray) -> Point:
        """Return what the likelihood is like at these scores, shape (n_candidates,)."""
        n_groups = int(self.groups[-1]) + 1
        values = np.zeros(n_groups)
        parts = []
        for block in self.blocks:
            own = scores[block.candidates]
            highest = own.max(axis=1, keepdims=True)
            weights = np.exp(own - highest)
            left = _from_right(weights)
            logarithms = (block.chosen * (own - highest - np.log(left))).sum(axis=1)
            values += np.bincount(block.groups, weights=logarithms, minlength=n_groups)
            parts.append((weights, block.chosen / left, left))
        prior = -(np.logaddexp(0, scores) + np.logaddexp(0, -scores)) / 2
        values += self.regularization * np.bincount(self.groups, weights=prior, minlength=n_groups)
        return Point(self, scores, values, tuple(parts))


@dataclass(frozen=True)
class Point:
    """The likelihood at some scores.

    Args:
        choices: Whose likelihood.
        scores: float64, shape (n_candidates,).
        values: Log-likelihood plus log-prior of each group, shape (n_groups,).
        parts: For each block: weight of each candidate, one over the sum of the weights left wherever one was
            chosen, and that sum; shape (n_rankings, length) each.
    """

    choices: Choices
    scores: FloatArray
    values: FloatArray
    parts: tuple[tuple[FloatArray, FloatArray, FloatArray], ...]

    def gradient(self) -> FloatArray:
        """Return the derivative of the values by each score."""
        found = self.choices.regularization * -np.tanh(self.scores / 2) / 2
        for block, (weights, inverse, _) in zip(self.choices.blocks, self.parts, strict=True):
            found += self._sum(block, block.chosen - weights * np.cumsum(inverse, axis=1))
        return found

    def information(self, vector: FloatArray) -> FloatArray:
        """Return the negative second derivative times a vector, shape (n_candidates,)."""
        found = self._prior_information() * vector
        for block, (weights, inverse, left) in zip(self.choices.blocks, self.parts, strict=True):
            own = vector[block.candidates]
            mean = _from_right(weights * own) / left
            change = own * np.cumsum(inverse, axis=1) - np.cumsum(inverse * mean, axis=1)
            found += self._sum(block, weights * change)
        return found

    def diagonal(self) -> FloatArray:
        """Return the negative second derivative by each score."""
        found = self._prior_information()
        for block, (weights, inverse, left) in zip(self.choices.blocks, self.parts, strict=True):
            often = np.cumsum(inverse, axis=1) - weights * np.cumsum(inverse / left, axis=1)
            found += self._sum(block, weights * often)
        return found

    def _prior_information(self) -> FloatArray:
        """One virtual comparison has the information p (1 - p), where p is the chance to win it."""
        information: FloatArray = self.choices.regularization / (4 * np.cosh(self.scores / 2) ** 2)
        return information

    def _sum(self, block: _Block, values: FloatArray) -> FloatArray:
        n_candidates = len(self.scores)
        return np.bincount(block.candidates.ravel(), weights=values.ravel(), minlength=n_candidates).astype(
            np.float64
        )


def _from_right(values: FloatArray) -> FloatArray:
    """Return the sum of each value and all to its right."""
    return np.cumsum(values[:, ::-1], axis=1)[:, ::-1]
