"""Dirichlet distributions, many at a time, as variational Bayes needs them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import digamma, gammaln

__all__ = ["LEAST_PARAMETER", "divergence", "geometric_mean", "log_normalizer"]

FloatArray = npt.NDArray[np.float64]

LEAST_PARAMETER = 0.01
"""The geometric mean of a parameter p is about exp(-1 / p); below 0.0015 it is no number a computer has."""


def geometric_mean(parameters: FloatArray, axis: int = -1) -> FloatArray:
    """Return the exponential of the expected logarithm of each probability; sums are below 1."""
    total = parameters.sum(axis=axis, keepdims=True)
    means: FloatArray = np.exp(digamma(parameters) - digamma(total))
    return means


def divergence(found: FloatArray, prior: FloatArray, axis: int = -1) -> FloatArray:
    """Return the Kullback–Leibler divergence of each Dirichlet found from the prior one.

    Args:
        found: Parameters, above 0.
        prior: Parameters, above 0; broadcast against ``found``.
        axis: Along which the probabilities of one distribution lie.
    """
    prior = np.broadcast_to(prior, found.shape)
    expected = digamma(found) - digamma(found.sum(axis=axis, keepdims=True))
    moved: FloatArray = ((found - prior) * expected).sum(axis=axis)
    return moved - log_normalizer(found, axis) + log_normalizer(prior, axis)


def log_normalizer(parameters: FloatArray, axis: int = -1) -> FloatArray:
    """Return the logarithm of the integral of each unnormalized Dirichlet density."""
    logarithm: FloatArray = gammaln(parameters).sum(axis=axis) - gammaln(parameters.sum(axis=axis))
    return logarithm
