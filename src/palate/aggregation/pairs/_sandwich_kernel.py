"""What comparisons and annotators add to the gradient, each by itself: what robust intervals are made of."""
# ruff: noqa: PLR0917 (compiled functions take flat arrays and counts, by position)

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from palate.aggregation.pairs._davidson_kernel import FARTHEST, root_of_odds
from palate.aggregation.pairs._pair_kernel import DAVIDSON, davidson_shares, outcome_terms
from palate.core.compiling import compiled

__all__ = ["sum_by_annotator", "sum_of_squares"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]

_OUTCOMES = (1, -1, 0)
"""Of the columns of counts."""

_CHUNK = 1 << 19
"""Comparisons put in order at a time (8 MB)."""


@compiled
def sum_by_annotator(
    model: int,
    left: IntArray,
    right: IntArray,
    outcome: npt.NDArray[np.int8],
    covariates: FloatArray,
    annotators: IntArray,
    start: int,
    scores: FloatArray,
    weights: FloatArray,
    c: float,
    sums: FloatArray,
) -> None:
    """Add the gradient of every comparison to the row of its annotator.

    Those of one annotator are added one after the other, so that only one row is in use at a time: chunks of
    comparisons are put in the order of their annotators first.

    Args:
        model: ``DAVIDSON``, ``RAO_KUPPER`` or ``THURSTONE``.
        left: Shape (n_comparisons,).
        right: Likewise.
        outcome: Likewise.
        covariates: Shape (n_comparisons, n_covariates).
        annotators: Likewise.
        start: Which annotator the first row of ``sums`` belongs to; those outside of its rows are passed over.
        scores: Shape (n_ids,).
        weights: Shape (n_covariates,).
        c: The parameter of ties.
        sums: Shape (n_annotators_here, n_parameters); added to.
    """
    n_extra = sums.shape[1] - len(scores)
    grown, shrunk = np.exp(scores / 2), np.exp(-scores / 2)
    quick = model == DAVIDSON and not n_extra and np.abs(scores).max() <= FARTHEST
    size = min(_CHUNK, len(left))
    pairs, slopes = np.empty((size, 2), dtype=np.int32), np.empty((size, 1 + n_extra))
    for begin in range(0, len(left), _CHUNK):
        end = min(begin + _CHUNK, len(left))
        places = _first_places(annotators[begin:end], start, len(sums))
        for row in range(begin, end):
            annotator = annotators[row] - start
            if annotator < 0 or annotator >= len(sums):
                continue
            i, j = left[row], right[row]
            place = places[annotator]
            places[annotator] += 1
            pairs[place, 0], pairs[place, 1] = i, j
            if quick:
                lead = davidson_shares(scores[i] - scores[j], root_of_odds(i, j, grown, shrunk), 0.0)[0]
                slopes[place, 0] = (outcome[row] - lead) / 2
            else:
                d = scores[i] - scores[j]
                _write_slopes(model, outcome[row], d, covariates[row], weights, c, slopes[place])
        _add_rows(pairs, slopes, places, sums)


@compiled
def _first_places(annotators: IntArray, start: int, n_annotators: int) -> npt.NDArray[np.int64]:
    """Return where each annotator's comparisons begin, if those of one follow those of the one before."""
    places = np.zeros(n_annotators + 1, dtype=np.int64)
    for row in range(len(annotators)):
        annotator = annotators[row] - start
        if 0 <= annotator < n_annotators:
            places[annotator + 1] += 1
    return np.cumsum(places)[:-1]


@compiled
def _write_slopes(
    model: int,
    outcome: int,
    d: float,
    covariates: FloatArray,
    weights: FloatArray,
    c: float,
    slopes: FloatArray,
) -> None:
    """Write a comparison's derivatives: by the difference, by each covariate's weight, by c if it is a parameter."""
    n_covariates = len(covariates)
    for k in range(n_covariates):
        d += weights[k] * covariates[k]
    term = outcome_terms(model, outcome, d, c)
    slopes[0] = term[1]
    for k in range(n_covariates):
        slopes[1 + k] = term[1] * covariates[k]
    if len(slopes) > 1 + n_covariates:
        slopes[-1] = term[2]


@compiled
def _add_rows(pairs: IntArray, slopes: FloatArray, ends: npt.NDArray[np.int64], sums: FloatArray) -> None:
    """Add each annotator's comparisons, which end at ``ends`` and follow each other, to their row."""
    n_extra = slopes.shape[1] - 1
    n_scores = sums.shape[1] - n_extra
    begin = 0
    for annotator in range(len(sums)):
        row = sums[annotator]
        for place in range(begin, ends[annotator]):
            slope = slopes[place, 0]
            row[pairs[place, 0]] += slope
            row[pairs[place, 1]] -= slope
            for k in range(n_extra):
                row[n_scores + k] += slopes[place, 1 + k]
        begin = ends[annotator]


@compiled
def sum_of_squares(
    model: int,
    first: IntArray,
    second: IntArray,
    counts: FloatArray,
    covariates: FloatArray,
    scores: FloatArray,
    weights: FloatArray,
    c: float,
    squares: FloatArray,
) -> None:
    """Add the outer product of every comparison's gradient with itself.

    Args:
        model: ``DAVIDSON``, ``RAO_KUPPER`` or ``THURSTONE``.
        first: Shape (n_rows,): code of the first of each pair.
        second: Likewise.
        counts: Shape (n_rows, 3): how often the first was preferred, the second, neither.
        covariates: Shape (n_rows, n_covariates).
        scores: Shape (n_ids,).
        weights: Shape (n_covariates,).
        c: The parameter of ties.
        squares: Shape (n_parameters, n_parameters); added to.
    """
    n_scores, n_covariates = len(scores), len(weights)
    size = len(squares)
    places = np.empty(2 + size - n_scores, dtype=np.int64)
    places[2:] = np.arange(n_scores, size)
    slope = np.zeros(len(places))
    for row in range(len(first)):
        places[0], places[1] = first[row], second[row]
        d = scores[first[row]] - scores[second[row]]
        for k in range(n_covariates):
            d += weights[k] * covariates[row, k]
        for place in range(3):
            count = counts[row, place]
            if not count:
                continue
            term = outcome_terms(model, _OUTCOMES[place], d, c)
            slope[0], slope[1] = term[1], -term[1]
            for k in range(n_covariates):
                slope[2 + k] = term[1] * covariates[row, k]
            if size > n_scores + n_covariates:
                slope[-1] = term[2]
            for p in range(len(places)):
                for q in range(len(places)):
                    squares[places[p], places[q]] += count * slope[p] * slope[q]
