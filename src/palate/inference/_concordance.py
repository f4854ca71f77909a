"""How values and preferences agree in sign and in order, under weights of queries."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from palate.inference.base import FloatArray

__all__ = ["concordance", "sign_agreement", "sign_points", "tau_b"]

IntArray = npt.NDArray[np.int64]

_ROWS = 512
"""Pairs compared with all others at a time."""


def sign_points(differences: FloatArray, margins: FloatArray) -> FloatArray:
    """Return what each pair counts: 1 where the measure names the preferred system, 0 the other, ½ where it names none.

    NaN where people prefer neither: there is nothing to agree with.
    """
    agree = np.sign(differences) * np.sign(margins)
    points: FloatArray = np.where(margins == 0, np.nan, (agree + 1) / 2)
    return points


def sign_agreement(points: FloatArray, queries: IntArray, weights: FloatArray) -> FloatArray:
    """Return the mean of the points under each row of query weights, shape (n_draws,); NaN where nothing counts.

    Args:
        points: One a pair, NaN where it does not count, shape (n_pairs,).
        queries: The query of each pair, shape (n_pairs,).
        weights: Shape (n_draws, n_queries).
    """
    counts = ~np.isnan(points)
    n_queries = weights.shape[1]
    total = weights @ np.bincount(queries, counts, n_queries)
    right = weights @ np.bincount(queries, np.where(counts, points, 0.0), n_queries)
    found: FloatArray = np.divide(right, total, out=np.full(len(weights), np.nan), where=total > 0)
    return found


def concordance(x: FloatArray, y: FloatArray, queries: IntArray, n_queries: int) -> FloatArray:
    """Return, for every two queries, how their pairs of systems agree in order, shape (n_queries, n_queries).

    Which of two systems is taken first is arbitrary, so every pair is there twice, turned round. The sum over both turns
    of the second pair of ``sign(x_i - x_j) * sign(y_i - y_j)``; turning the first one adds the same.

    Args:
        x: One a pair of systems, shape (n_pairs,).
        y: Likewise.
        queries: The query of each pair, rising, shape (n_pairs,).
        n_queries: How many there are.
    """
    found = np.zeros((n_queries, n_queries))
    starts = np.searchsorted(queries, np.arange(n_queries))
    has_pairs = np.flatnonzero(np.bincount(queries, minlength=n_queries))
    for start in range(0, len(x), _ROWS):
        rows = slice(start, start + _ROWS)
        signs = np.sign(x[rows, None] - x) * np.sign(y[rows, None] - y)
        signs += np.sign(x[rows, None] + x) * np.sign(y[rows, None] + y)
        of_queries = np.add.reduceat(signs, starts[has_pairs], axis=1)
        np.add.at(found, (queries[rows, None], has_pairs), of_queries)
    return found


def tau_b(both: FloatArray, x_alone: FloatArray, y_alone: FloatArray, weights: FloatArray) -> FloatArray:
    """Return Kendall's tau-b under each row of query weights, shape (n_draws,); NaN where one side is all ties.

    Kendall, The treatment of ties in ranking problems, Biometrika 1945.

    Args:
        both: What :func:`concordance` returns of x and y.
        x_alone: Likewise of x and x: how many differ.
        y_alone: Likewise of y and y.
        weights: Shape (n_draws, n_queries).
    """
    top, x_differ, y_differ = (
        np.einsum("dq,dq->d", weights @ table, weights) for table in (both, x_alone, y_alone)
    )
    bottom = np.sqrt(x_differ * y_differ)
    found: FloatArray = np.divide(top, bottom, out=np.full(len(weights), np.nan), where=bottom > 0)
    return found
