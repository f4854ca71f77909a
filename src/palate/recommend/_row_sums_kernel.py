"""The hot loops of scores that are sums of rows of weights: those of the items that a user likes."""
# ruff: noqa: PLR0917 (compiled functions take flat arrays, by position)

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from palate.core.compiling import compiled, inlined
from palate.recommend._top_kernel import top_row

__all__ = ["add_dense_rows", "add_sparse_rows", "top_sparse_rows"]

IntArray = npt.NDArray[np.int32]
ScoreArray = npt.NDArray[np.float64]

_TILE = 256
"""Columns that are added at once, so that what popular items weigh stays in the cache from user to user."""


@compiled
def add_sparse_rows(
    users: IntArray,
    offsets: IntArray,
    liked: IntArray,
    amounts: ScoreArray,
    weight_offsets: IntArray,
    columns: IntArray,
    weights: ScoreArray,
    scores: ScoreArray,
) -> None:
    """Add to each user's row of ``scores`` the weights of what the user has, each times its amount.

    Args:
        users: Whose rows they are; -1 has nothing.
        offsets: Where what each user has begins in ``liked``.
        liked: What users have: rows of the weights.
        amounts: Of each of ``liked``.
        weight_offsets: Where each row of weights begins in ``columns``.
        columns: The columns of the weights.
        weights: The weights.
        scores: Shape (n_users, n_columns).
    """
    for row in range(len(users)):
        if users[row] >= 0:
            _add_row(users[row], offsets, liked, amounts, weight_offsets, columns, weights, scores[row])


@compiled
def top_sparse_rows(
    users: IntArray,
    offsets: IntArray,
    liked: IntArray,
    amounts: ScoreArray,
    weight_offsets: IntArray,
    columns: IntArray,
    weights: ScoreArray,
    of_unknown: ScoreArray,
    seen_offsets: IntArray,
    seen_items: IntArray,
    items: IntArray,
    best: ScoreArray,
    counts: IntArray,
) -> None:
    """Do as :func:`add_sparse_rows` does, and write the highest of each row: one row, which stays in the cache, serves all.

    Args:
        users: Whose rows they are, -1 for unknown ones.
        offsets: As there, and so are those up to ``weights``.
        liked: What users have.
        amounts: Of each of ``liked``.
        weight_offsets: Where each row of weights begins.
        columns: The columns of the weights.
        weights: The weights.
        of_unknown: The sums of user -1, shape (n_columns,).
        seen_offsets: As at :func:`palate.recommend._top_kernel.top_rows`, and so are those behind it.
        seen_items: What users have seen.
        items: Takes the highest items.
        best: Takes their scores.
        counts: Takes how many each row has.
    """
    scores = np.empty(len(of_unknown))
    for row in range(len(users)):
        if users[row] < 0:
            scores[:] = of_unknown
        else:
            scores[:] = 0.0
            _add_row(users[row], offsets, liked, amounts, weight_offsets, columns, weights, scores)
        counts[row] = top_row(scores, users[row], seen_offsets, seen_items, items[row], best[row])


@inlined
def _add_row(
    user: int,
    offsets: IntArray,
    liked: IntArray,
    amounts: ScoreArray,
    weight_offsets: IntArray,
    columns: IntArray,
    weights: ScoreArray,
    scores: ScoreArray,
) -> None:
    for at in range(offsets[user], offsets[user + 1]):
        amount, line = amounts[at], liked[at]
        for place in range(np.uint64(weight_offsets[line]), np.uint64(weight_offsets[line + 1])):
            scores[np.uint32(columns[place])] += amount * weights[place]


@compiled
def add_dense_rows(
    users: IntArray, offsets: IntArray, liked: IntArray, weights: ScoreArray, scores: ScoreArray
) -> None:
    """Add to each user's row of ``scores`` the rows of ``weights`` of what the user has; of user -1, nothing."""
    n_columns = weights.shape[1]
    for start in range(0, n_columns, _TILE):
        stop = min(start + _TILE, n_columns)
        for row in range(len(users)):
            user = users[row]
            if user < 0:
                continue
            own = scores[row, start:stop]
            for at in range(offsets[user], offsets[user + 1]):
                line = weights[liked[at], start:stop]
                for column in range(len(own)):
                    own[column] += line[column]
