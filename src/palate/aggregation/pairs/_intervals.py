"""How far scores may be off, and what that leaves open about ranks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from palate.aggregation._score_intervals import Intervals, Uncertainty, centred, covariance_of
from palate.aggregation.pairs._coded import CodedComparisons
from palate.aggregation.pairs._pair_model import Point, link_number
from palate.core.coding import IntArray
from palate.core.errors import InputError
from palate.core.linear_algebra import one_thread

__all__ = ["uncertainty"]

FloatArray = npt.NDArray[np.float64]
_CELLS = 1 << 25
"""Of sums by annotator held in memory at a time (256 MB)."""


def uncertainty(
    comparisons: CodedComparisons,
    covariates: FloatArray,
    point: Point,
    components: IntArray,
    kind: Intervals,
    *,
    pinned: bool,
) -> Uncertainty:
    """Return the covariance of the parameters at the maximum.

    Unpinned scores may move together within a group; a term that holds each group's sum makes the matrix
    invertible and does not show in centred scores.

    Args:
        comparisons: What was compared.
        covariates: Shape (n_comparisons, n_covariates): what is added to the difference of left and right.
        point: The maximum.
        components: Shape (n_ids,): the group of each thing.
        kind: ``fisher``, the inverse of the information; ``sandwich``, robust to a wrong model (Huber, 1967);
            ``clustered``, also to what the comparisons of one annotator share (Liang and Zeger, 1986), with G / (G - 1)
            for G annotators and a t distribution of G - 1 degrees of freedom.
        pinned: Whether virtual comparisons hold the scores.

    Raises:
        InputError: ``clustered`` without annotators, or with one.
    """
    with one_thread():
        return _uncertainty(comparisons, covariates, point, components, kind, pinned=pinned)


def _uncertainty(
    comparisons: CodedComparisons,
    covariates: FloatArray,
    point: Point,
    components: IntArray,
    kind: Intervals,
    *,
    pinned: bool,
) -> Uncertainty:
    information, n_ids = point.information.dense(), len(components)
    member = np.equal.outer(components, np.arange(1, components.max() + 1)).astype(float)
    if not pinned:
        information[:n_ids, :n_ids] += member @ member.T
    covariance = covariance_of(information)
    degrees = np.inf
    if kind == "sandwich":
        covariance = covariance @ _squares(point) @ covariance
    elif kind == "clustered":
        n_annotators = _check_annotators(comparisons)
        products = _products_by_annotator(comparisons, covariates, point, n_annotators)
        covariance = covariance @ products @ covariance * (n_annotators / (n_annotators - 1))
        degrees = n_annotators - 1
    return Uncertainty(
        covariance=centred(covariance[:n_ids, :n_ids], member, components - 1),
        extra_errors=np.sqrt(np.maximum(np.diag(covariance)[n_ids:], 0.0)),
        degrees=degrees,
    )


def _squares(point: Point) -> FloatArray:
    """Return the sum over comparisons of their gradients' outer products; virtual ones are no data."""
    from palate.aggregation.pairs._sandwich_kernel import sum_of_squares

    model, size = point.model, len(point.parameters)
    real = slice(model.n_pairs)
    squares = np.zeros((size, size))
    sum_of_squares(
        link_number(model.link), model.first[real], model.second[real], model.counts[real], model.covariates[real],
        point.scores, point.weights, point.c, squares,
    )  # fmt: skip
    return squares


def _check_annotators(comparisons: CodedComparisons) -> int:
    """Return how many annotators there are; every comparison needs one, and there must be two."""
    unnamed = np.flatnonzero(comparisons.annotators < 0)
    if len(unnamed):
        raise InputError(
            "Clustered intervals need to know who gave each comparison. Name all annotators, or choose"
            " the intervals 'sandwich'.",
            where="comparisons",
            row=int(unnamed[0]) + 1,
            column="annotator",
        )
    n_annotators = len(comparisons.annotator_ids)
    if n_annotators < 2:
        raise InputError(
            "Clustered intervals tell from differences between annotators how far scores may be off; here is"
            " only one. Choose the intervals 'sandwich' to take the comparisons as independent.",
            where="comparisons",
            column="annotator",
        )
    return n_annotators


def _products_by_annotator(
    comparisons: CodedComparisons, covariates: FloatArray, point: Point, n_annotators: int
) -> FloatArray:
    """Return the sum over annotators of the outer product of their comparisons' summed gradients."""
    from palate.aggregation.pairs._sandwich_kernel import sum_by_annotator

    size = len(point.parameters)
    products = np.zeros((size, size))
    block = max(1, _CELLS // size)
    for start in range(0, n_annotators, block):
        sums = np.zeros((min(block, n_annotators - start), size))
        sum_by_annotator(
            link_number(point.model.link), comparisons.left, comparisons.right, comparisons.outcome, covariates,
            comparisons.annotators, start, point.scores, point.weights, point.c, sums,
        )  # fmt: skip
        products += sums.T @ sums
    return products
