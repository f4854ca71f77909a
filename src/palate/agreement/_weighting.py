"""How much two labels agree, and what a task's answers say under that: for coefficients of the kappa family."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from palate.agreement.base import FloatArray, LabelCounts
from palate.core.errors import InputError, SettingsError

__all__ = [
    "Weighting",
    "agreeing_shares",
    "beyond_chance",
    "check_weighting",
    "label_shares",
    "label_weights",
]

Weighting = Literal["none", "linear", "quadratic"]

_NO_CHANCE = 1e-12
"""Disagreement by chance below which there is none: what rounding leaves of a zero."""


def check_weighting(weighting: str) -> None:
    """Refuse an unknown weighting.

    Raises:
        SettingsError: It is none of those there are.
    """
    if weighting not in get_args(Weighting):
        raise SettingsError(
            f"'weighting' must be one of {', '.join(get_args(Weighting))}; it is {weighting!r}."
        )


def label_weights(data: LabelCounts, weighting: Weighting) -> FloatArray:
    """Return how much each label agrees with each other: 1 with itself, down to 0 for the farthest.

    ``none`` gives nothing for another label; ``linear`` and ``quadratic`` take off the difference of the two numbers,
    or its square, relative to the largest there is.

    Returns:
        float64, shape (n_labels, n_labels).

    Raises:
        InputError: Labels that are no numbers have no differences.
    """
    if weighting == "none":
        return np.eye(data.counts.shape[1])
    if data.values is None:
        raise InputError(
            f"The {weighting} weighting needs labels that are numbers, such as grades; these are text. Number them,"
            " or choose the weighting none."
        )
    differences = np.abs(np.subtract.outer(data.values, data.values))
    if differences.max() > 0:
        differences /= differences.max()
    weights: FloatArray = 1 - (differences if weighting == "linear" else differences**2)
    return weights


def agreeing_shares(counts: FloatArray, weights: FloatArray) -> FloatArray:
    """Return how much two answers to a task agree on average, shape (n_rows,). Gwet, 2014.

    Args:
        counts: Shape (n_rows, n_labels); every row has at least two answers.
        weights: Shape (n_labels, n_labels), from :func:`label_weights`.
    """
    answers = counts.sum(axis=1)
    agreeing = np.sum((counts @ weights) * counts, axis=1) - answers  # less each answer with itself
    shares: FloatArray = agreeing / (answers * (answers - 1))
    return shares


def label_shares(counts: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the share of each label, a mean over tasks: every task counts the same, however many answered it.

    Args:
        counts: Shape (n_rows, n_labels).
        weights: Shape (n_weightings, n_rows): how many tasks have each row's counts.

    Returns:
        Shape (n_weightings, n_labels); rows sum to 1.
    """
    totals: FloatArray = weights @ (counts / counts.sum(axis=1, keepdims=True))
    shares: FloatArray = totals / weights.sum(axis=1, keepdims=True)
    return shares


def beyond_chance(observed: FloatArray, expected: FloatArray) -> FloatArray:
    """Return (observed - expected) / (1 - expected), NaN where chance alone gives full agreement."""
    left = 1 - np.asarray(expected, dtype=np.float64)
    values = np.full(np.broadcast(observed, left).shape, np.nan)
    np.divide(1 - observed, left, out=values, where=left > _NO_CHANCE)
    found: FloatArray = 1 - values
    return found
