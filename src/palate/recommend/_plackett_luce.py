"""How likely an item is at a rank of a ranking drawn by Plackett and Luce's law."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

__all__ = ["rank_propensities"]

FloatArray = npt.NDArray[np.float64]

_STEP = 0.25
"""Of log t. The integrands are sums of exp(x − c · exp(x)), whose Fourier transform falls as exp(−π|ω|/2): the trapezoid
rule at this step is off by exp(−π²/0.25), 7e-18."""

_BEFORE, _AFTER = 45.0, math.log(40.0)
"""Of log t, around an item's own time: before lies 3e-20 of its chance to arrive, after e^-40."""


def rank_propensities(logits: FloatArray, shown: npt.NDArray[np.int64]) -> FloatArray:
    """Return the probability of each shown item to be at its rank, whatever stands above it.

    Items draw exponential times with rates w = exp(logit) and rank by them, which is Plackett and Luce's law. The item i is
    at rank r if r − 1 others are earlier:

        P(i at r) = ∫ w_i exp(−w_i t) P(r − 1 of the others arrive before t) dt,

    where the number of others is Poisson-binomial with probabilities 1 − exp(−w_j t). The integral is taken over log t.

    Args:
        logits: float64, shape (n_items,), finite.
        shown: int64, shape (n_shown,): the items at ranks 1, 2, …

    Returns:
        float64, shape (n_shown,), in (0, 1].

    >>> rank_propensities(np.log([0.5, 0.3, 0.2]), np.array([1, 0])).round(12).tolist()
    [0.3, 0.339285714286]
    """
    rates = logits - logsumexp(logits)
    times = _nodes(-rates[shown])
    n_shown = len(shown)
    others = np.ones(len(logits), dtype=np.bool_)
    others[shown] = False
    counts = np.zeros((len(times), n_shown))
    counts[:, 0] = 1.0
    for rate in rates[others]:
        _add_one(counts, _arrived(rate, times)[:, None])
    each = np.repeat(counts[None], n_shown, axis=0)  # what arrived besides the item itself
    for place, item in enumerate(shown):
        arrived = np.repeat(_arrived(rates[item], times)[None, :, None], n_shown, axis=0)
        arrived[place] = 0.0
        _add_one(each, arrived)
    ranks = np.arange(n_shown)
    exponents = rates[shown][:, None] + times
    with np.errstate(over="ignore"):  # of an infinite exponent the density is 0
        density = np.exp(exponents - np.exp(exponents))
    found = _STEP * (each[ranks, :, ranks] * density).sum(axis=1)
    propensities: FloatArray = np.clip(found, np.finfo(np.float64).tiny, 1.0)
    return propensities


def _nodes(middles: FloatArray) -> FloatArray:
    """Return points of one lattice, all that lie near enough to a middle."""
    first = np.floor((middles - _BEFORE) / _STEP).astype(np.int64)
    width = math.ceil((_BEFORE + _AFTER) / _STEP) + 1
    lattice = np.unique(first[:, None] + np.arange(width))
    return lattice * _STEP


def _arrived(rate: float, times: FloatArray) -> FloatArray:
    """Return the probability that an item has arrived, by log t."""
    with np.errstate(over="ignore"):  # of an infinite exponent the probability is 1
        arrived: FloatArray = -np.expm1(-np.exp(rate + times))
    return arrived


def _add_one(counts: FloatArray, arrived: FloatArray) -> None:
    """Let one more item arrive, in place: ``counts[..., k]`` is the probability that k have."""
    counts[..., 1:] = counts[..., 1:] * (1 - arrived) + counts[..., :-1] * arrived
    counts[..., 0] *= 1 - arrived[..., 0]
