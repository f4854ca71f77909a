"""The paired bootstrap over queries, corrected for bias and acceleration."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from palate.core.randomness import Seed
from palate.inference._resampling_test import ResamplingTest, bootstrap_means
from palate.inference.base import FloatArray, Interval

__all__ = ["BCaBootstrap"]

_NORMAL = NormalDist()


@dataclass(frozen=True)
class BCaBootstrap(ResamplingTest):
    """BCa interval of the mean difference over resampled queries: percentiles, moved for bias and skewness.

    Efron, Better bootstrap confidence intervals, JASA 1987; Efron and Tibshirani, An Introduction to the
    Bootstrap, 1993, eqs. 14.9-14.15. Worth its name where differences are skewed and queries few; elsewhere it
    is the percentile interval. The p-value is the one at which a bound of the interval would reach 0 (the same
    book, eq. 15.34), so that they agree; the observed difference counts as one more sample, half of it on
    either side, and it is never 0.

    Args:
        confidence: Of the interval, in (0, 1).
        resamples: How many samples of the queries.

    Raises:
        SettingsError: ``confidence`` is not between 0 and 1, or there are too few resamples for it.

    >>> import numpy as np
    >>> found = BCaBootstrap().compare(np.array([0.9, 0.7, 0.8]), np.array([0.5, 0.5, 0.5]))
    >>> f"{found.interval.estimate:.2f} from {found.interval.low:.2f} to {found.interval.high:.2f}"
    '0.30 from 0.20 to 0.40'
    """

    def draw(self, differences: FloatArray, seed: Seed) -> FloatArray:
        """Return the mean of each row over resampled queries."""
        return bootstrap_means(differences, self.resamples, seed)

    def read(self, differences: FloatArray, means: FloatArray) -> tuple[Interval, float]:
        """Return the interval and the p-value of the mean difference."""
        mean, means = float(differences.mean()), means.copy()
        slack = 1e-12 * float(np.abs(differences).max())  # sums in another order differ in the last bits
        middle = mean if abs(mean) > slack else 0.0
        means[np.abs(means) <= slack] = 0.0
        means[np.abs(means - middle) <= slack] = middle
        bias = _score_of_share(means, middle)
        acceleration = _acceleration(differences - mean)
        means.sort()
        low = _lower_bound(means, self.confidence, bias, acceleration)
        high = -_lower_bound(-means[::-1], self.confidence, -bias, -acceleration)
        at_zero = _score_of_share(means, 0.0) - bias
        score = at_zero / (1 + acceleration * at_zero) - bias
        p_value = max(2 * _NORMAL.cdf(-abs(score)), 1 / (self.resamples + 1))  # no sample shows a smaller one
        return Interval(mean, low, high, self.confidence), p_value


def _score_of_share(means: FloatArray, value: float) -> float:
    """Return the normal score of the share of ``means`` below ``value``, ties half; never infinite."""
    ties = int(np.count_nonzero(means == value)) / 2
    below = int(np.count_nonzero(means < value)) + ties
    above = len(means) - below
    score = _NORMAL.inv_cdf((min(below, above) + 0.5) / (len(means) + 1))
    return score if below <= above else -score


def _acceleration(around_mean: FloatArray) -> float:
    """Return a sixth of the skewness of the mean, by the jackknife; 0 where nothing varies."""
    spread = float((around_mean**2).sum())
    scale = float(np.abs(around_mean).max())
    return float((around_mean**3).sum()) / (6 * spread**1.5) if scale > 1e-150 else 0.0


def _lower_bound(ordered: FloatArray, confidence: float, bias: float, acceleration: float) -> float:
    """Return the draw at the corrected lower percentile, or the first one if that lies before it."""
    moved = bias + _NORMAL.inv_cdf((1 - confidence) / 2)
    share = _NORMAL.cdf(bias + moved / (1 - acceleration * moved))
    place = int((len(ordered) + 1) * share + 1e-9)
    return float(ordered[min(max(place, 1), len(ordered)) - 1])
