"""Scores that are sums of rows of weights, for many users at once and to the same bits for each alone."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from palate.core.coding import IntArray
from palate.recommend._similarity import Matrix
from palate.recommend._top import Seen, Top, room_for, rows_of
from palate.recommend.base import FittedRecommender, ScoreArray

__all__ = ["FittedRowSums", "columns_of", "sums_of_rows"]


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


class FittedRowSums(FittedRecommender):
    """One whose scores are the rows of a sparse matrix, a row a user, times another sparse matrix."""

    @abstractmethod
    def factors(self) -> tuple[Matrix, Matrix]:
        """Return both, in rows: a row a user, a column an item."""

    @abstractmethod
    def score_unknown(self) -> ScoreArray:
        """Return all items' scores for a user of whom nothing is known."""

    def score(self, user: int, items: IntArray) -> ScoreArray:
        scores: ScoreArray = self.score_many(np.array([user], dtype=np.int32), items)[0]
        return scores

    def score_many(self, users: IntArray, items: IntArray) -> ScoreArray:
        scores = columns_of(sums_of_rows(*self.factors(), users), items)
        unknown = users < 0
        if unknown.any():
            scores[unknown] = self.score_unknown()[items]
        return scores

    def top(self, users: IntArray, n_items: int, cutoff: int, seen: Seen | None) -> Top:  # noqa: ARG002 (all there are)
        from palate.recommend._row_sums_kernel import top_sparse_rows

        rows, weights = self.factors()
        of_unknown = self.score_unknown() if (users < 0).any() else np.zeros(weights.shape[1])
        top, (seen_offsets, seen_items) = room_for(len(users), cutoff), rows_of(seen)
        lines = rows.indptr, rows.indices, rows.data, weights.indptr, weights.indices, weights.data
        found = seen_offsets, seen_items, top.items, top.scores, top.counts
        top_sparse_rows(users, *lines, of_unknown, *found)
        return top
