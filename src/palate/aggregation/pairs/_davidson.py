"""The likelihood of comparisons with ties, its gradient and its curvature. Davidson, 1970.

With scores s and the ties' weight v, of two that differ by d = s_i - s_j the first is preferred with probability
e^(d/2) / z, the second with e^(-d/2) / z, and neither with v / z, where z = e^(d/2) + e^(-d/2) + v. Without ties
v is 0, and this is Bradley and Terry's model. The logarithm of the likelihood is concave in (s, log v).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from palate.aggregation.pairs._pair_counts import PairCounts
from palate.core.coding import IntArray

__all__ = ["Davidson", "Outcomes"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Outcomes:
    """Probabilities of each outcome, float64, shape (n_pairs,) each, and the logarithm of z."""

    first: FloatArray
    second: FloatArray
    tie: FloatArray
    log_z: FloatArray


@dataclass(frozen=True)
class Davidson:
    """What is maximized: the log-likelihood of pair counts and of virtual comparisons.

    A vector of parameters holds the scores and, where there are ties, the logarithm of their weight.

    Args:
        first: int32, shape (n_pairs,): code of the first of each pair.
        second: int32, likewise; ``n_ids`` is the average thing, whose score is 0.
        first_wins: float64, likewise.
        second_wins: float64, likewise.
        ties: float64, likewise.
        n_ids: How many things there are.
    """

    first: IntArray
    second: IntArray
    first_wins: FloatArray
    second_wins: FloatArray
    ties: FloatArray
    n_ids: int

    @classmethod
    def from_counts(cls, pairs: PairCounts, n_ids: int, regularization: float) -> Davidson:
        """Return the objective for pair counts, with half of ``regularization`` wins and losses an id.

        Virtual comparisons are against the average thing and never tie.
        """
        all_ids = np.arange(n_ids, dtype=np.int32) if regularization else np.empty(0, dtype=np.int32)
        half = np.full(len(all_ids), regularization / 2)
        return cls(
            first=np.concatenate([pairs.first, all_ids]),
            second=np.concatenate([pairs.second, np.full(len(all_ids), n_ids, dtype=np.int32)]),
            first_wins=np.concatenate([pairs.first_wins, half]),
            second_wins=np.concatenate([pairs.second_wins, half]),
            ties=np.concatenate([pairs.ties, np.zeros(len(all_ids))]),
            n_ids=n_ids,
        )

    @property
    def comparisons(self) -> FloatArray:
        """How often each pair met: float64, shape (n_pairs,)."""
        return self.first_wins + self.second_wins + self.ties

    def start(self) -> FloatArray:
        """Return equal scores, and the ties' weight that fits best to them."""
        scores = np.zeros(self.n_ids)
        if not self.has_ties:
            return scores
        decided = float(np.sum(self.first_wins + self.second_wins))
        return np.append(scores, np.log(2 * self.ties.sum() / decided))

    @property
    def has_ties(self) -> bool:
        """Whether the ties' weight is a parameter; without any tie it is 0."""
        return bool(self.ties.any())

    def differences(self, parameters: FloatArray) -> FloatArray:
        """Return how far the first's score is above the second's: float64, shape (n_pairs,)."""
        scores = np.append(parameters[: self.n_ids], 0.0)
        differences: FloatArray = scores[self.first] - scores[self.second]
        return differences

    def outcomes(self, parameters: FloatArray) -> Outcomes:
        """Return the probabilities of every pair's outcomes."""
        half = self.differences(parameters) / 2
        log_tie = parameters[self.n_ids] if self.has_ties else -np.inf
        shift = np.maximum(np.abs(half), log_tie)
        first, second = np.exp(half - shift), np.exp(-half - shift)
        tie = np.exp(log_tie - shift)
        z = first + second + tie
        return Outcomes(first / z, second / z, tie / z, shift + np.log(z))

    def value(self, parameters: FloatArray) -> float:
        """Return the log-likelihood of counts and virtual comparisons."""
        half = self.differences(parameters) / 2
        tie = float(parameters[self.n_ids] * self.ties.sum()) if self.has_ties else 0.0
        log_z = self.outcomes(parameters).log_z
        return float(np.sum((self.first_wins - self.second_wins) * half - self.comparisons * log_z)) + tie

    def gradient(self, parameters: FloatArray) -> FloatArray:
        """Return the derivative of :meth:`value` by each parameter."""
        found = self.outcomes(parameters)
        by_difference = (self.first_wins - self.second_wins) / 2
        by_difference -= self.comparisons * (found.first - found.second) / 2
        size = self.n_ids + 1
        won = np.bincount(self.first, weights=by_difference, minlength=size)
        lost = np.bincount(self.second, weights=by_difference, minlength=size)
        by_score = (won - lost)[: self.n_ids].astype(np.float64)
        if not self.has_ties:
            return by_score
        return np.append(by_score, np.sum(self.ties - self.comparisons * found.tie))

    def information(self, parameters: FloatArray) -> Any:
        """Return minus the second derivatives of :meth:`value`: a symmetric sparse array.

        The sufficient statistics are half the difference of wins and the number of ties, so that these are
        their variances and covariance, summed over comparisons.
        """
        from scipy.sparse import coo_array

        found = self.outcomes(parameters)
        lead = found.first - found.second
        by_score = self.comparisons * (found.first + found.second - lead**2) / 4
        entries = [(self.first, self.first, by_score), (self.second, self.second, by_score)]
        entries += [(self.first, self.second, -by_score), (self.second, self.first, -by_score)]
        if self.has_ties:
            last = np.full(len(self.first), self.n_ids + 1)
            mixed = -self.comparisons * lead * found.tie / 2
            entries += [(self.first, last, mixed), (last, self.first, mixed)]
            entries += [(self.second, last, -mixed), (last, self.second, -mixed)]
            entries += [(last, last, self.comparisons * found.tie * (1 - found.tie))]
        rows, columns, values = (np.concatenate(part) for part in zip(*entries, strict=True))
        size = self.n_ids + 1 + self.has_ties
        kept = np.delete(np.arange(size), self.n_ids)
        return coo_array((values, (rows, columns)), shape=(size, size)).tocsr()[kept][:, kept]
