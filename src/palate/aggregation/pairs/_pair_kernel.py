"""The hot loops of models of comparisons: value and derivatives.

A model is a function of the difference ``d`` of two scores and of a parameter ``c`` of ties. For each outcome it
gives the logarithm of the probability and its derivatives by d, c, dd, dc, cc.
"""
# ruff: noqa: PLR0917 (compiled functions take flat arrays and counts, by position)

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from palate.core.compiling import compiled

__all__ = [
    "DAVIDSON",
    "RAO_KUPPER",
    "THURSTONE",
    "davidson_shares",
    "evaluate",
    "multiply",
    "outcome_terms",
    "row_terms",
]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
Terms = tuple[float, float, float, float, float, float]

DAVIDSON, RAO_KUPPER, THURSTONE = 0, 1, 2
_NO_TIES = -math.inf
_ROOT_HALF = math.sqrt(0.5)
_LOG_ROOT_2_PI = 0.5 * math.log(2 * math.pi)
_LEAST = 1e-300


@compiled
def davidson_shares(d: float, root: float, tie_weight: float) -> tuple[float, float, float]:
    """Return how much more probable the first is than the second, how probable a tie, and what both are divided by.

    Args:
        d: By how much the first is ahead.
        root: exp(-abs(d) / 2); everything is relative to the stronger, so that nothing overflows.
        tie_weight: The exponential of the parameter of ties.
    """
    tie = tie_weight * root
    weaker = root * root
    z = 1 + weaker + tie
    share = 1 / z
    return math.copysign((1 - weaker) * share, d), tie * share, z


@compiled
def _davidson(outcome: int, d: float, c: float) -> Terms:
    """Return the terms of Davidson's model; c is the logarithm of the ties' weight, -inf without ties."""
    half = abs(d) / 2
    lead, tie, z = davidson_shares(d, math.exp(-half), math.exp(c))
    value = outcome * d / 2 - half - math.log(z) + (c if outcome == 0 else 0.0)
    by_tie = (1.0 if outcome == 0 else 0.0) - tie
    return value, (outcome - lead) / 2, by_tie, -(1 - tie - lead * lead) / 4, lead * tie / 2, -tie * (1 - tie)


@compiled
def _log_logistic(x: float) -> tuple[float, float, float]:
    """Return the logarithm of the logistic function and its two derivatives."""
    small = math.exp(-abs(x))
    log = -math.log1p(small) - (0.0 if x > 0 else -x)
    other = small / (1 + small) if x > 0 else 1 / (1 + small)
    return log, other, -other * (1 - other)


@compiled
def _log_normal(x: float) -> tuple[float, float, float]:
    """Return the logarithm of the normal distribution function and its two derivatives."""
    if x < -30:
        ratio = -x - 1 / x + 2 / x**3  # Mills' ratio; the next term is below 1e-7 of this
        log = -x * x / 2 - _LOG_ROOT_2_PI - math.log(ratio)
    else:
        log = math.log(0.5 * math.erfc(-x * _ROOT_HALF))
        ratio = math.exp(-x * x / 2 - _LOG_ROOT_2_PI - log)
    return log, ratio, -ratio * (x + ratio)


@compiled
def _logistic_tie(d: float, c: float) -> Terms:
    """Return the terms of a tie: F(d + c) - F(d - c) = F(d + c) F(c - d) (1 - exp(-2c)) for logistic F."""
    above, by_above, second_above = _log_logistic(d + c)
    below, by_below, second_below = _log_logistic(c - d)
    grown = math.expm1(2 * c)
    return (
        above + below + math.log(-math.expm1(-2 * c)),
        by_above - by_below,
        by_above + by_below + 2 / grown,
        second_above + second_below,
        second_above - second_below,
        second_above + second_below - 4 * (grown + 1) / (grown * grown),
    )


@compiled
def _normal_tie(d: float, c: float) -> Terms:
    """Return the terms of a tie: F(d + c) - F(d - c) for normal F, taken from the tail where digits are."""
    a, b = d + c, d - c
    away = abs(d)
    share = 0.5 * (math.erfc((away - c) * _ROOT_HALF) - math.erfc((away + c) * _ROOT_HALF))
    share = max(share, _LEAST)
    log = math.log(share)
    at_a = math.exp(-a * a / 2 - _LOG_ROOT_2_PI - log)
    at_b = math.exp(-b * b / 2 - _LOG_ROOT_2_PI - log)
    by_d, by_c = at_a - at_b, at_a + at_b
    second, mixed = b * at_b - a * at_a, -a * at_a - b * at_b
    return log, by_d, by_c, second - by_d * by_d, mixed - by_d * by_c, second - by_c * by_c


@compiled
def outcome_terms(model: int, outcome: int, d: float, c: float) -> Terms:
    """Return the logarithm of an outcome's probability and its derivatives by d, c, dd, dc and cc.

    Args:
        model: ``DAVIDSON``, ``RAO_KUPPER`` or ``THURSTONE``.
        outcome: 1 the first preferred, -1 the second, 0 a tie.
        d: By how much the first is ahead.
        c: The parameter of ties.
    """
    if model == DAVIDSON:
        return _davidson(outcome, d, c)
    if outcome == 0:
        return _logistic_tie(d, c) if model == RAO_KUPPER else _normal_tie(d, c)
    x = outcome * d - c
    log, first, second = _log_logistic(x) if model == RAO_KUPPER else _log_normal(x)
    return log, outcome * first, -first, second, -outcome * second, second


@compiled
def _davidson_row(won: float, lost: float, tied: float, d: float, c: float, tie_weight: float) -> Terms:
    """Return the sums of Davidson's terms over the outcomes of a pair, which share their costly parts.

    ``tie_weight`` is exp(c), the same for every pair.
    """
    half = abs(d) / 2
    lead, tie, z = davidson_shares(d, math.exp(-half), tie_weight)
    met, ahead = won + lost + tied, won - lost
    return (
        ahead * d / 2 - met * (half + math.log(z)) + (tied * c if tied else 0.0),
        (ahead - met * lead) / 2,
        tied - met * tie,
        -met * (1 - tie - lead * lead) / 4,
        met * lead * tie / 2,
        -met * tie * (1 - tie),
    )


@compiled
def row_terms(
    model: int, won: float, lost: float, tied: float, d: float, c: float, tie_weight: float
) -> Terms:
    """Return the sums of the terms over the outcomes of a pair.

    Args:
        model: ``DAVIDSON``, ``RAO_KUPPER`` or ``THURSTONE``.
        won: How often the first was preferred.
        lost: How often the second was.
        tied: How often neither.
        d: By how much the first is ahead.
        c: The parameter of ties.
        tie_weight: Its exponential.
    """
    if model == DAVIDSON:
        return _davidson_row(won, lost, tied, d, c, tie_weight)
    value = by_d = by_c = by_dd = by_dc = by_cc = 0.0
    for outcome, count in ((1, won), (-1, lost), (0, tied)):
        if count:
            term = outcome_terms(model, outcome, d, c)
            value += count * term[0]
            by_d += count * term[1]
            by_c += count * term[2]
            by_dd += count * term[3]
            by_dc += count * term[4]
            by_cc += count * term[5]
    return value, by_d, by_c, by_dd, by_dc, by_cc


@compiled
def evaluate(
    model: int,
    first: IntArray,
    second: IntArray,
    counts: FloatArray,
    covariates: FloatArray,
    scores: FloatArray,
    weights: FloatArray,
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
        model: ``DAVIDSON``, ``RAO_KUPPER`` or ``THURSTONE``.
        first: Shape (n_rows,): code of the first of each pair.
        second: Likewise.
        counts: Shape (n_rows, 3): how often the first was preferred, the second, neither.
        covariates: Shape (n_rows, n_covariates): what else is added to the difference, once weighted.
        scores: Shape (n_scores,).
        weights: Shape (n_covariates,).
        c: The parameter of ties.
        with_ties: Whether it is one of the parameters.
        gradient: Shape (n_scores + n_covariates + with_ties,); added to.
        curvature: Shape (n_rows,): minus the second derivative by the difference; written.
        diagonal: Shape (n_scores,): minus those by score; added to.
        mixed: Shape (n_covariates + with_ties, n_scores): minus those by covariate or c and score; added to.
        corner: Shape (n_covariates + with_ties,) * 2: minus those by covariates and c; added to.
    """
    value = sum_by_c = sum_by_cc = 0.0
    n_scores, n_covariates = len(scores), len(weights)
    tie_weight = math.exp(c)
    before = first[0] if len(first) else 0
    slope = bend = bend_c = 0.0  # of the first, kept apart while rows share it: adding to memory takes longer
    for row in range(len(first)):
        i, j = first[row], second[row]
        if i != before:
            gradient[before] += slope
            diagonal[before] += bend
            if with_ties:
                mixed[n_covariates, before] += bend_c
            before, slope, bend, bend_c = i, 0.0, 0.0, 0.0
        d = scores[i] - scores[j]
        for k in range(n_covariates):
            d += weights[k] * covariates[row, k]
        terms = row_terms(model, counts[row, 0], counts[row, 1], counts[row, 2], d, c, tie_weight)
        value += terms[0]
        by_d, by_c, by_dd, by_dc = terms[1], terms[2], -terms[3], -terms[4]
        curvature[row] = by_dd
        slope += by_d
        bend += by_dd
        gradient[j] -= by_d
        diagonal[j] += by_dd
        if with_ties:
            sum_by_c += by_c
            sum_by_cc -= terms[5]
            bend_c += by_dc
            mixed[n_covariates, j] -= by_dc
        if n_covariates:
            _add_covariates(
                i, j, covariates[row], by_d, by_dd, by_dc, with_ties, gradient[n_scores:], mixed, corner
            )
    gradient[before] += slope
    diagonal[before] += bend
    if with_ties:
        mixed[n_covariates, before] += bend_c
        gradient[n_scores + n_covariates] += sum_by_c
        corner[n_covariates, n_covariates] += sum_by_cc
    return value


@compiled
def _add_covariates(
    i: int,
    j: int,
    covariates: FloatArray,
    by_d: float,
    by_dd: float,
    by_dc: float,
    with_ties: bool,
    gradient: FloatArray,
    mixed: FloatArray,
    corner: FloatArray,
) -> None:
    """Add what a pair's covariates share in the derivatives; ``gradient`` begins with the first covariate's."""
    n_covariates = len(covariates)
    for k in range(n_covariates):
        x = covariates[k]
        gradient[k] += by_d * x
        mixed[k, i] += by_dd * x
        mixed[k, j] -= by_dd * x
        for other in range(n_covariates):
            corner[k, other] += by_dd * x * covariates[other]
        if with_ties:
            corner[k, n_covariates] += by_dc * x
            corner[n_covariates, k] += by_dc * x


@compiled
def multiply(
    first: IntArray, second: IntArray, curvature: FloatArray, vector: FloatArray, product: FloatArray
) -> None:
    """Add to ``product`` that of the scores' part of the information and a vector, one pass over the pairs."""
    before, outflow = first[0] if len(first) else 0, 0.0  # of the first, kept apart while rows share it
    for row in range(len(first)):
        i, j = first[row], second[row]
        if i != before:
            product[before] += outflow
            before, outflow = i, 0.0
        flow = curvature[row] * (vector[i] - vector[j])
        outflow += flow
        product[j] -= flow
    product[before] += outflow
