"""What comparisons say of items' scores, and what one more of each pair would be expected to tell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from palate.sampling._drawing import FloatArray
from palate.sampling._item_pairs import IntArray, Pairs

__all__ = ["Preferences", "believe"]

_STEPS = 50
_SETTLED = 1e-8
_NODES = 15
"""Points of the Gauss–Hermite rule over a difference of scores; 9 more change no gain in the fourth digit."""
_BLOCK = 1 << 16


@dataclass(frozen=True)
class Preferences:
    """A normal approximation of what is believed of scores, by Bradley and Terry's model.

    Args:
        means: float64, shape (n_items,).
        precision: float64, shape (n_items, n_items): the inverse of their covariance.
    """

    means: FloatArray
    precision: FloatArray

    @property
    def covariance(self) -> FloatArray:
        """The covariance of scores, shape (n_items, n_items)."""
        found: FloatArray = np.linalg.inv(self.precision).astype(np.float64)
        return found

    def gains(self, pairs: Pairs) -> tuple[FloatArray, FloatArray]:
        """Return what one more comparison of each pair is expected to tell, in nats, and the probability of the first.

        The mutual information of its result and the scores: the entropy of the result less its mean entropy were the
        scores known (Lindley, 1956; for comparisons Chen et al., WSDM 2013, and Mikhailiuk et al., Active sampling for
        pairwise comparisons via approximate message passing and information gain maximization, ICPR 2020).
        """
        means, spreads = self._differences(pairs)
        gains, first = np.empty(len(pairs)), np.empty(len(pairs))
        nodes, weights = _hermite(_NODES)
        for start in range(0, len(pairs), _BLOCK):
            rows = slice(start, start + _BLOCK)
            chances = _chance(means[rows, np.newaxis] + spreads[rows, np.newaxis] * nodes)
            first[rows] = chances @ weights
            gains[rows] = _entropy(first[rows]) - _entropy(chances) @ weights
        return np.maximum(gains, 0.0), first

    def sureness(self, pairs: Pairs) -> FloatArray:
        """Return how many standard deviations the first's score lies above the second's."""
        means, spreads = self._differences(pairs)
        return means / spreads

    def after(self, pairs: Pairs) -> Preferences:
        """Return what would be believed if each pair were compared once more, whatever comes out.

        Means are left as they are; the precision grows by the expected information of each comparison.
        """
        means, spreads = self._differences(pairs)
        nodes, weights = _hermite(_NODES)
        chances = _chance(means[:, np.newaxis] + spreads[:, np.newaxis] * nodes)
        return Preferences(
            self.means,
            self.precision + _laplacian(pairs, (chances * (1 - chances)) @ weights, len(self.means)),
        )

    def _differences(self, pairs: Pairs) -> tuple[FloatArray, FloatArray]:
        """Return the mean and the standard deviation of the first's score minus the second's."""
        covariance = self.covariance
        own = covariance.diagonal()
        first, second = pairs.T
        variances = own[first] + own[second] - 2 * covariance[first, second]
        return self.means[first] - self.means[second], np.sqrt(np.maximum(variances, 0.0))


def believe(n_items: int, left: IntArray, right: IntArray, points: FloatArray, spread: float) -> Preferences:
    """Return what comparisons say of scores: Laplace's approximation at the most probable ones.

    Odds of the left item are exp(its score - the other's); a tie counts half a win each. Before any comparison scores are
    independent and normal around 0.

    Args:
        n_items: How many items there are.
        left: Numbers of the items shown on the left, shape (n_comparisons,).
        right: Numbers of the others.
        points: 1 where the left one was preferred, 0.5 for ties, 0 otherwise.
        spread: The standard deviation of scores before any comparison.
    """
    pairs = np.stack([left, right], axis=1)
    prior = np.eye(n_items) / spread**2
    scores = np.zeros(n_items)
    precision = prior
    for _ in range(_STEPS):
        chances = _chance(scores[left] - scores[right])
        surprise = points - chances
        gradient = -scores / spread**2
        gradient += np.bincount(left, surprise, n_items) - np.bincount(right, surprise, n_items)
        precision = prior + _laplacian(pairs, chances * (1 - chances), n_items)
        step = np.linalg.solve(precision, gradient)
        longest = np.abs(step).max()
        scores = scores + step / max(1.0, longest)  # far away Newton's step may overshoot
        if longest < _SETTLED:
            break
    return Preferences(scores, precision)


def _laplacian(pairs: Pairs, weights: FloatArray, n_items: int) -> FloatArray:
    """Return the information of comparisons: each adds its weight to both items and takes it from between them."""
    between = np.bincount(pairs[:, 0] * n_items + pairs[:, 1], weights, n_items**2).reshape(n_items, n_items)
    between = between + between.T
    laplacian: FloatArray = np.diag(between.sum(axis=1)) - between
    return laplacian


def _chance(differences: FloatArray) -> FloatArray:
    chances: FloatArray = 0.5 * (1.0 + np.tanh(0.5 * differences))
    return chances


def _entropy(chances: FloatArray) -> FloatArray:
    safe = np.clip(chances, 1e-15, 1 - 1e-15)
    entropy: FloatArray = -safe * np.log(safe) - (1 - safe) * np.log1p(-safe)
    return entropy


@cache
def _hermite(nodes: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return points and weights of a standard normal distribution."""
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    return points, weights / weights.sum()
