"""Scores that are sums of rows of weights, for many users at once and to the same bits for each alone."""

from __future__ import annotations

import numpy as np

from palate.core.coding import IntArray
from palate.recommend._similarity import Matrix
from palate.recommend.base import ScoreArray

__all__ = ["columns_of", "sums_of_rows"]


def sums_of_rows(rows: Matrix, weights: Matrix | ScoreArray, users: IntArray) -> ScoreArray:
    """Return the products of users' rows with the weights, shape (n_users, n_columns); 0 for user -1.

    Args:
        rows: Sparse, in rows; only ones where the weights are dense.
        weights: Sparse, in rows, or dense.
        users: Their codes.
    """
    from palate.recommend._row_sums_kernel import add_dense_rows, add_sparse_rows

    scores = np.zeros((len(users), weights.shape[1]))
    if isinstance(weights, np.ndarray):
        add_dense_rows(users, rows.indptr, rows.indices, weights, scores)
    else:
        sparse_weights = weights.indptr, weights.indices, weights.data
        add_sparse_rows(users, rows.indptr, rows.indices, rows.data, *sparse_weights, scores)
    return scores


def columns_of(scores: ScoreArray, items: IntArray) -> ScoreArray:
    """Return the columns of ``items``, without copying where those are all, in their order."""
    n_items = scores.shape[1]
    if len(items) == n_items and np.array_equal(items, np.arange(n_items)):
        return scores
    chosen: ScoreArray = scores[:, items]
    return chosen
