"""The hot loops over factors: the steps of stochastic gradient descent, and scores."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from palate.core.compiling import compiled

__all__ = ["descend", "multiply", "squared_loss"]

FactorArray = npt.NDArray[np.float32]
ScoreArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]

_TILE = 256
"""Items whose factors are laid out side by side at once, so that they stay in the nearest cache."""


@compiled
def descend(  # noqa: PLR0917 (numba takes no structures)
    users: IntArray,
    items: IntArray,
    targets: FactorArray,
    user_factors: FactorArray,
    item_factors: FactorArray,
    user_biases: FactorArray,
    item_biases: FactorArray,
    mean: float,
    rate: float,
    regularization: float,
) -> None:
    """Take one step of gradient descent for each entry, one after another, changing factors and biases in place.

    The loss of an entry is half of (target - mean - user's bias - item's bias - p q)^2 +
    regularization (p p + q q + user's bias^2 + item's bias^2); a step goes ``rate`` times its slope down.
    """
    # All in the factors' own precision: a double among them would halve how many a processor takes at once.
    number = user_factors.dtype.type
    keep, step, constant = number(1.0 - rate * regularization), number(rate), number(mean)
    for entry in range(len(users)):
        user, item = users[entry], items[entry]
        p, q = user_factors[user], item_factors[item]
        error = targets[entry] - constant - user_biases[user] - item_biases[item]
        for f in range(user_factors.shape[1]):
            error -= p[f] * q[f]
        error *= step
        user_biases[user] = keep * user_biases[user] + error
        item_biases[item] = keep * item_biases[item] + error
        for f in range(user_factors.shape[1]):
            of_user, of_item = p[f], q[f]
            p[f] = keep * of_user + error * of_item
            q[f] = keep * of_item + error * of_user


@compiled
def squared_loss(  # noqa: PLR0917 (likewise)
    users: IntArray,
    items: IntArray,
    targets: FactorArray,
    user_factors: FactorArray,
    item_factors: FactorArray,
    user_biases: FactorArray,
    item_biases: FactorArray,
    mean: float,
) -> float:
    """Return the mean of (target - prediction)^2 over the entries."""
    total = 0.0
    for entry in range(len(users)):
        user, item = users[entry], items[entry]
        predicted = mean + user_biases[user] + item_biases[item]
        for f in range(user_factors.shape[1]):
            predicted += user_factors[user, f] * item_factors[item, f]
        total += (targets[entry] - predicted) ** 2
    return total / len(users)


@compiled
def multiply(users: ScoreArray, item_factors: FactorArray, items: IntArray, scores: ScoreArray) -> None:
    """Add the products of users' and items' factors to ``scores``.

    Each score is the same sum in the same order whatever the shapes, which BLAS does not promise: a user's
    score of an item must not depend, in the last bit, on who else is scored.

    Args:
        users: Shape (n_users, n_factors).
        item_factors: float32, shape (any, n_factors).
        items: Rows of ``item_factors``, shape (n_items,).
        scores: Shape (n_users, n_items).
    """
    n_factors = users.shape[1]
    tile = np.empty((n_factors, _TILE))
    for start in range(0, len(items), _TILE):
        width = min(_TILE, len(items) - start)
        for place in range(width):
            for f in range(n_factors):
                tile[f, place] = item_factors[items[start + place], f]
        for user in range(users.shape[0]):
            row = scores[user, start : start + width]
            for f in range(n_factors):
                factor, column = users[user, f], tile[f]
                for place in range(width):
                    row[place] += factor * column[place]
