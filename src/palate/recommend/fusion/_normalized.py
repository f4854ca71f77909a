"""Scores of systems on one scale, so that they can be added."""

from __future__ import annotations

from typing import Literal

import numpy as np

from palate.core.errors import InputError, SettingsError
from palate.recommend.fusion.base import CodedRuns, FloatArray

__all__ = ["Normalization", "check_normalization", "normalized_scores"]

Normalization = Literal["min_max", "z", "none"]
"""``min_max``: the lowest score of a ranking becomes 0 and the highest 1 (Lee, SIGIR 1997). ``z``: the lowest becomes 0
and the standard deviation 1. ``none``: scores as they came."""

NORMALIZATIONS: tuple[Normalization, ...] = ("min_max", "z", "none")


def check_normalization(normalization: str) -> None:
    """Refuse a setting that is none of ``NORMALIZATIONS``.

    Raises:
        SettingsError: It is not.
    """
    if normalization not in NORMALIZATIONS:
        listed = ", ".join(NORMALIZATIONS)
        raise SettingsError(f"'normalization' must be one of {listed}; it is {normalization!r}.")


def normalized_scores(runs: CodedRuns, normalization: Normalization) -> FloatArray:
    """Return scores ranking by ranking on one scale, shape (n_systems, n_pairs); 0 where a system does not rank an item.

    An item that a system does not rank thus counts as the lowest that it does rank. Standardized scores (mean 0,
    deviation 1) would put it at the mean, above half of what the system ranks; ``z`` therefore counts from the lowest
    score, which orders items as mean 0 does with the lowest score for what is not ranked. In a ranking whose scores are
    all equal, or that has one item, each scores 1.

    Raises:
        InputError: Scores below 0 come without normalization.
    """
    scores, ranked = runs.scores, runs.ranked
    if normalization == "none":
        _refuse_negative(runs)
        return np.where(ranked, scores, 0.0)
    lowest = np.fmin.reduceat(scores, runs.starts, axis=1)
    # Half the scores: the difference of two floats of any size is then a float, too.
    heights = np.where(ranked, scores / 2 - runs.per_pair(lowest) / 2, 0.0)
    top = np.maximum.reduceat(heights, runs.starts, axis=1)
    flat = runs.per_pair(top) == 0
    shares = np.divide(heights, runs.per_pair(top), out=np.zeros_like(heights), where=~flat)
    if normalization == "z":
        deviation = runs.per_pair(_deviation(runs, shares))
        # A deviation of 0 beside heights above 0 cannot be: their shares run from 0 to 1.
        shares = np.divide(shares, deviation, out=np.zeros_like(shares), where=~flat)
    return np.where(flat & ranked, 1.0, shares)


def _deviation(runs: CodedRuns, values: FloatArray) -> FloatArray:
    """Return the standard deviation over each ranking, shape (n_systems, n_queries); 0 where there is none."""
    count = np.maximum(np.add.reduceat(runs.ranked, runs.starts, axis=1, dtype=np.float64), 1.0)
    mean = np.add.reduceat(values, runs.starts, axis=1) / count
    squares = np.where(runs.ranked, (values - runs.per_pair(mean)) ** 2, 0.0)
    deviation: FloatArray = np.sqrt(np.add.reduceat(squares, runs.starts, axis=1) / count)
    return deviation


def _refuse_negative(runs: CodedRuns) -> None:
    below = np.fmin.reduce(runs.scores, axis=1) < 0
    if below.any():
        name = runs.systems[int(np.argmax(below))]
        raise InputError(
            f"System '{name}' has scores below 0. Without normalization an item that a system does not rank counts 0,"
            " which would be more than those. Choose the normalization min_max or z.",
            where="runs",
        )
