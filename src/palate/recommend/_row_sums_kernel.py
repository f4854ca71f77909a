"""The hot loops of scores that are sums of rows of weights: those of the items that a user likes."""
# ruff: noqa: PLR0917 (compiled functions take flat arrays, by position)

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from palate.core.compiling import compiled

__all__ = ["add_dense_rows", "add_sparse_rows"]

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
        user = users[row]
        if user < 0:
            continue
        for at in range(offsets[user], offsets[user + 1]):
            amount, line = amounts[at], liked[at]
            for place in range(weight_offsets[line], weight_offsets[line + 1]):
                scores[row, columns[place]] += amount * weights[place]


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
