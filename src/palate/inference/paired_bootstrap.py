"""The paired bootstrap over queries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.core.randomness import Seed
from palate.core.resampling import middle_bounds
from palate.inference._resampling_test import ResamplingTest, bootstrap_means
from palate.inference.base import FloatArray, Interval

__all__ = ["PairedBootstrap"]


@dataclass(frozen=True)
class PairedBootstrap(ResamplingTest):
    """Percentile interval of the mean difference over resampled queries.

    The p-value asks how often a resampled mean lies at least as far from the observed one as that lies from
    0, which is the bootstrap distribution shifted to the null hypothesis; it counts the observed difference
    itself and is therefore never 0. Efron and Tibshirani, An Introduction to the Bootstrap, 1993, sections
    13.3 and 16.4; Sakai, Evaluating evaluation metrics based on the bootstrap, SIGIR 2006, who studentizes.

    Args:
        confidence: Of the interval, in (0, 1).
        resamples: How many samples of the queries.

    Raises:
        SettingsError: ``confidence`` is not between 0 and 1, or there are too few resamples for it.

    >>> import numpy as np
    >>> found = PairedBootstrap().compare(np.array([0.9, 0.7, 0.8]), np.array([0.5, 0.5, 0.5]))
    >>> f"{found.interval.estimate:.2f} from {found.interval.low:.2f} to {found.interval.high:.2f}"
    '0.30 from 0.20 to 0.40'
    """

    def draw(self, differences: FloatArray, seed: Seed) -> FloatArray:
        """Return the mean of each row over resampled queries."""
        return bootstrap_means(differences, self.resamples, seed)

    def read(self, differences: FloatArray, means: FloatArray) -> tuple[Interval, float]:
        """Return the percentile interval and the p-value of the mean difference."""
        mean = float(differences.mean())
        slack = 1e-12 * np.abs(differences).max()  # sums in another order differ in the last bits
        farther = int(np.count_nonzero(np.abs(means - mean) >= abs(mean) - slack))
        low, high = middle_bounds(means, self.confidence)
        return Interval(mean, low, high, self.confidence), (farther + 1) / (self.resamples + 1)
