"""Intervals around a mean over queries."""

from __future__ import annotations

import numpy as np

from palate.core.randomness import Seed
from palate.core.resampling import check_resampling, middle_bounds, resampled_means
from palate.inference.base import FloatArray, Interval, check_values

__all__ = ["bootstrap_mean"]


def bootstrap_mean(
    values: FloatArray, confidence: float = 0.95, resamples: int = 2000, seed: Seed = 0
) -> Interval:
    """Return the mean and its percentile interval over resampled queries.

    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3. The same values and seed give
    the bounds that :func:`palate.measures.evaluate` gives.

    Args:
        values: One value a query, shape (n_queries,).
        confidence: In (0, 1).
        resamples: How many samples of the queries.
        seed: Of those samples.

    Raises:
        InputError: Fewer than two values, or values that are not finite.
        SettingsError: ``confidence`` is out of range, or there are too few resamples for it.
    """
    check_resampling(resamples, confidence)
    checked = check_values(values, "the sample")
    low, high = middle_bounds(resampled_means(checked[np.newaxis], resamples, seed)[0], confidence)
    return Interval(float(checked.mean()), low, high, confidence)
