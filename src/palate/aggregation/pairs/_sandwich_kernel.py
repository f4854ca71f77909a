"""What comparisons and annotators add to the gradient, each by itself: what robust intervals are made of."""
# ruff: noqa: PLR0917 (compiled functions take flat arrays and counts, by position)

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from palate.aggregation.pairs._pair_kernel import compiled, outcome_terms

__all__ = ["sum_by_annotator", "sum_of_squares"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]

_OUTCOMES = (1, -1, 0)
"""Of the columns of counts."""


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
    n_scores, n_covariates = len(scores), len(weights)
    with_ties = sums.shape[1] > n_scores + n_covariates
    for row in range(len(left)):
        annotator = annotators[row] - start
        if annotator < 0 or annotator >= len(sums):
            continue
        d = scores[left[row]] - scores[right[row]]
        for k in range(n_covariates):
            d += weights[k] * covariates[row, k]
        term = outcome_terms(model, outcome[row], d, c)
        sums[annotator, left[row]] += term[1]
        sums[annotator, right[row]] -= term[1]
        for k in range(n_covariates):
            sums[annotator, n_scores + k] += term[1] * covariates[row, k]
        if with_ties:
            sums[annotator, n_scores + n_covariates] += term[2]


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
