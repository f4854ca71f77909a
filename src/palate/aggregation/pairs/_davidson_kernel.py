"""The hot loop of Davidson's model where nothing but scores and ties tells pairs apart, as in most rankings.

It calculates what ``evaluate`` of ``_pair_kernel`` does, in half the time: exponentials are taken of scores, not of
differences, and logarithms of products of many pairs.
"""
# ruff: noqa: PLR0917 (compiled functions take flat arrays, by position)

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from palate.aggregation.pairs._pair_kernel import davidson_shares
from palate.core.compiling import compiled

__all__ = ["FARTHEST", "evaluate_davidson", "root_of_odds"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]

FARTHEST = 600.0
"""Scores up to which exponentials of half of them, and the products of two, are normal numbers."""

_FULL, _MOST = 1e200, 1e10
"""When the logarithm is taken of a product; and the most that a factor of it may be, for its 7th power to fit in."""


@compiled
def root_of_odds(i: int, j: int, grown: FloatArray, shrunk: FloatArray) -> float:
    """Return exp(-abs(d) / 2) for the difference d of two scores, from ``grown``, exp(s / 2), and its inverse."""
    one: float = grown[i] * shrunk[j]
    other: float = grown[j] * shrunk[i]
    return min(one, other)


@compiled
def _small_power(z: float, times: int) -> float:
    """Return z to the power of a whole number from 0 to 7."""
    squared = z * z
    found = (z if times & 1 else 1.0) * (squared if times & 2 else 1.0)
    return found * (squared * squared if times & 4 else 1.0)


@compiled
def evaluate_davidson(
    first: IntArray,
    second: IntArray,
    counts: FloatArray,
    scores: FloatArray,
    c: float,
    with_ties: bool,
    gradient: FloatArray,
    curvature: FloatArray,
    diagonal: FloatArray,
    mixed: FloatArray,
    corner: FloatArray,
) -> float:
    """Return the log-likelihood of pairs and write its derivatives.

    Args:
        first: Shape (n_rows,): code of the first of each pair; rows that share it follow each other.
        second: Likewise.
        counts: Shape (n_rows, 3): how often the first was preferred, the second, neither.
        scores: Shape (n_scores,); none beyond ``FARTHEST`` from 0.
        c: The parameter of ties.
        with_ties: Whether it is one of the parameters.
        gradient: Shape (n_scores + with_ties,); added to.
        curvature: Shape (n_rows,): minus the second derivative by the difference; written.
        diagonal: Shape (n_scores,): minus those by score; added to.
        mixed: Shape (with_ties, n_scores): minus those by c and score; added to.
        corner: Shape (with_ties,) * 2: minus that by c; added to.
    """
    grown, shrunk, tie_weight = np.exp(scores / 2), np.exp(-scores / 2), math.exp(c)
    value = twice = n_tied = sum_by_c = sum_by_cc = 0.0
    product = 1.0  # of what the probabilities of some pairs are divided by
    before = first[0] if len(first) else 0
    slope = bend = bend_c = 0.0  # of the first, kept apart while rows share it: adding to memory takes longer
    for row in range(len(first)):
        i, j = first[row], second[row]
        if i != before:
            gradient[before] += slope
            diagonal[before] += bend
            if with_ties:
                mixed[0, before] += bend_c
            before, slope, bend, bend_c = i, 0.0, 0.0, 0.0
        d = scores[i] - scores[j]
        lead, tie, z = davidson_shares(d, root_of_odds(i, j, grown, shrunk), tie_weight)
        tied = counts[row, 2]
        met, ahead = counts[row, 0] + counts[row, 1] + tied, counts[row, 0] - counts[row, 1]
        twice += ahead * d - met * abs(d)
        n_tied += tied
        times = int(met)
        if times == met and times < 8 and z < _MOST:
            product *= _small_power(z, times)
            if product > _FULL:
                value -= math.log(product)
                product = 1.0
        else:
            value -= met * math.log(z)
        by_d = (ahead - met * lead) / 2
        by_dd = met * (1 - tie - lead * lead) / 4
        curvature[row] = by_dd
        slope += by_d
        bend += by_dd
        gradient[j] -= by_d
        diagonal[j] += by_dd
        if with_ties:
            by_dc = met * lead * tie / 2
            sum_by_c += tied - met * tie
            sum_by_cc += met * tie * (1 - tie)
            bend_c -= by_dc
            mixed[0, j] += by_dc
    gradient[before] += slope
    diagonal[before] += bend
    if with_ties:
        mixed[0, before] += bend_c
        gradient[len(scores)] += sum_by_c
        corner[0, 0] += sum_by_cc
    return value - math.log(product) + twice / 2 + (n_tied * c if n_tied else 0.0)
