"""The randomization test: flip the signs of differences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.core.randomness import Seed, generator
from palate.inference._exact_sums import ExactSums
from palate.inference._resampling_test import ResamplingTest
from palate.inference.base import FloatArray, Interval

__all__ = ["Randomization"]

_BLOCK = 1 << 20
"""Signs held in memory at a time."""


@dataclass(frozen=True)
class Randomization(ResamplingTest):
    """Sign-flip test of the mean difference: without a difference, each query's could as well be reversed.

    All ways to flip are tried if there are no more than ``resamples``, else that many at random; the
    observed signs always count as one of them, so that the p-value is never 0. Fisher, The Design of
    Experiments, 1935, section 21; Smucker et al., CIKM 2007.

    The interval holds every shift of the differences that the same test, with the same flips, does not
    refuse; so it holds 0 exactly where the p-value is above 1 - confidence. Its bounds are order statistics
    of means of subsets of the differences (Hartigan, Using subsample values as typical values, JASA 1969):
    flipping a subset S makes the mean of shifted differences no smaller where the mean of S is no greater
    than the shift. It supposes that differences lie symmetrically around their mean. Below 6 queries no
    flips are rare enough for 95%, and the bounds are infinite.

    Args:
        confidence: Of the interval, in (0, 1).
        resamples: How many ways to flip are tried at most.

    Raises:
        SettingsError: ``confidence`` is not between 0 and 1, or there are too few resamples for it.

    >>> import numpy as np
    >>> Randomization().compare(np.array([0.9, 0.7, 0.8]), np.array([0.5, 0.5, 0.5])).p_value
    0.25
    """

    def draw(self, differences: FloatArray, seed: Seed) -> FloatArray:
        """Return the mean of each row over every flipped subset, and over what it leaves; NaN where that is empty."""
        n = differences.shape[1]
        exact, parts = ExactSums.of(differences), []
        for flipped in self._flips(n, seed):
            sizes = np.count_nonzero(flipped, axis=1)
            for subset, size in ((flipped, sizes), (~flipped, n - sizes)):
                sums = exact.weighted(subset.astype(np.float64))
                parts.append(np.divide(sums, size, where=size > 0, out=np.full_like(sums, np.nan)))
        return np.concatenate(parts, axis=1)

    def read(self, differences: FloatArray, means: FloatArray) -> tuple[Interval, float]:
        """Return the interval and the p-value of the mean difference."""
        mean, draws = float(differences.mean()), len(means)
        means = np.sort(means[~np.isnan(means)])
        means[np.abs(means) <= 1e-12 * np.abs(differences).max()] = 0.0  # 0 but for the order of the sum
        empty = draws - len(means)  # no shift makes a difference to flipping nothing
        toward_other = np.count_nonzero(means <= 0 if mean > 0 else means >= 0) + empty
        p_value = min(1.0, float(2 * toward_other / draws))
        outside = int(draws * (1 - self.confidence) / 2 + 1e-9) - empty
        bounded = outside >= 0
        low = float(means[outside]) if bounded else -np.inf
        high = float(means[-1 - outside]) if bounded else np.inf
        return Interval(mean, low, high, self.confidence), p_value

    def _flips(self, n: int, seed: Seed) -> Iterator[npt.NDArray[np.bool_]]:
        """Yield blocks of flips, shape (rows, n), one of each pair that are the opposite of each other."""
        rows = max(1, _BLOCK // n)
        if n <= np.log2(self.resamples):
            for start in range(0, 2 ** (n - 1), rows):
                numbers = np.arange(start, min(start + rows, 2 ** (n - 1)))
                yield (numbers[:, np.newaxis] >> np.arange(n)) % 2 == 1
            return
        rng = generator(seed, "randomization")
        yield np.zeros((1, n), dtype=bool)
        for start in range(0, self.resamples, rows):
            yield rng.random((min(rows, self.resamples - start), n)) < 0.5
