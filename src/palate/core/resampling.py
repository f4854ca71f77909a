"""Means of resampled values, and the bounds that hold the middle of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from palate.core.errors import SettingsError
from palate.core.randomness import Seed, generator

__all__ = ["check_resampling", "middle_bounds", "resampled_means", "tail_count"]

FloatArray = npt.NDArray[np.float64]

_BLOCK = 1 << 20
"""Drawn values held in memory at a time (8 MiB)."""


def check_resampling(resamples: int, confidence: float) -> None:
    """Refuse settings from which no interval can be read.

    Raises:
        SettingsError: ``confidence`` is not in (0, 1), or so few resamples leave nothing outside the bounds.
    """
    if not 0 < confidence < 1:
        raise SettingsError(f"The confidence must be between 0 and 1, such as 0.95; it is {confidence!r}.")
    if resamples < 1 or tail_count(resamples, confidence) < 1:
        needed = int(np.ceil(2 / (1 - confidence) - 1e-9)) - 1
        raise SettingsError(
            f"An interval of {100 * confidence:g}% needs at least {needed:,} resamples; it has {resamples!r}."
        )


def resampled_means(values: FloatArray, resamples: int, seed: Seed) -> FloatArray:
    """Return the mean of each row over ``resamples`` samples of its columns, drawn with replacement.

    All rows share the same samples. The numbers do not depend on how many rows there are, nor on how many
    samples are held in memory at a time.

    Args:
        values: Shape (n_rows, n), n at least 1.
        resamples: How many samples.
        seed: For the draws.

    Returns:
        float64, shape (n_rows, resamples).
    """
    rng = generator(seed, "bootstrap")
    n = values.shape[1]
    means = np.empty((len(values), resamples))
    block = max(1, _BLOCK // n)
    for start in range(0, resamples, block):
        stop = min(start + block, resamples)
        drawn = rng.integers(0, n, size=(stop - start, n))
        for row, out in zip(values, means, strict=True):
            out[start:stop] = row[drawn].mean(axis=1)
    return means


def tail_count(draws: int, confidence: float) -> int:
    """Return which draw from either end is the bound: the k-th, k = (draws + 1)(1 - confidence) / 2.

    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, section 12.5; rounded down, which never
    makes the interval shorter.
    """
    return int((draws + 1) * (1 - confidence) / 2 + 1e-9)


def middle_bounds(draws: FloatArray, confidence: float) -> tuple[float, float]:
    """Return the percentile bounds that leave (1 - confidence) / 2 of the draws outside on either side.

    Where that is less than one draw, they are the least and the greatest.
    """
    k = max(tail_count(len(draws), confidence), 1)
    ordered = np.partition(draws, (k - 1, len(draws) - k))
    return float(ordered[k - 1]), float(ordered[-k])
