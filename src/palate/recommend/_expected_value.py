"""What is expected of an item that is shown: the odds of a weighted logistic regression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.core.errors import InputError
from palate.core.extras import needed
from palate.core.randomness import generator
from palate.core.settings import check_counts

__all__ = ["ExpectedValue", "learn_expected_value"]

FloatArray = npt.NDArray[np.float64]

_KNOTS = 101
"""Points by which a feature's distribution is kept."""

_HIGHEST_LOG = 50.0
"""Where the exponential is cut, far above any odds that were learned."""


@dataclass(frozen=True)
class ExpectedValue:
    """What showing an item is expected to bring, from features.

    A feature is replaced by its rank among those learned from, from 0 to 1, and by the square and the root of
    that, so that a line can bend (Covington, Adams and Sargin, 2016, section 4.1).

    Args:
        knots: Quantiles of each feature, ascending, shape (n_features, n_knots).
        layers: Weights and constants in turn; the last output is the log of the odds.
        scale: What odds of 1 are worth.
        losses: After each iteration of learning.
    """

    knots: FloatArray
    layers: tuple[FloatArray, ...]
    scale: float
    losses: FloatArray

    def predict(self, features: FloatArray) -> FloatArray:
        """Return the expected value of each row of features, above 0, in the unit of the values learned from."""
        hidden = bent(features, self.knots)
        for place in range(0, len(self.layers), 2):
            hidden = np.maximum(hidden, 0.0) if place else hidden
            hidden = hidden @ self.layers[place] + self.layers[place + 1]
        expected: FloatArray = self.scale * np.exp(np.clip(hidden[:, 0], -_HIGHEST_LOG, _HIGHEST_LOG))
        return expected


def learn_expected_value(
    features: FloatArray,
    values: FloatArray,
    *,
    hidden: tuple[int, ...] = (),
    regularization: float = 1e-4,
    iterations: int = 100,
    seed: int = 0,
) -> ExpectedValue:
    """Learn what showing an item brings, such as watch seconds, from what it brought.

    Weighted logistic regression (Covington, Adams and Sargin, 2016, section 4.2): what was watched is a
    positive with its watch time as weight, and the odds e^(wx + b) are the expected watch time. In the paper only what
    was not watched is a negative, and the odds are E[T] / (1 - P) for a probability P of being watched, close to E[T] while P
    is small. Here every example is a negative of weight 1, so that the odds are E[T] whatever P is.

    Args:
        features: One row for each item shown to a user, shape (n_examples, n_features).
        values: What came of it, at least 0; 0 if nothing, shape (n_examples,).
        hidden: Widths of layers of rectified linear units; none: a regression.
        regularization: Weight of the squared weights in the loss.
        iterations: Most iterations of L-BFGS.
        seed: For the random start of hidden layers.

    Raises:
        PalateError: The extra ``deep`` is not installed.
        InputError: Features or values are not finite or not as many, a value is below 0, or all are 0.
    """
    check_counts(iterations=iterations)
    if features.ndim != 2 or len(features) != len(values) or not len(values):
        raise InputError(
            f"Expected a row of features for each value; shapes are {features.shape} and {values.shape}."
        )
    endless = np.flatnonzero(~np.isfinite(features)) // features.shape[1]
    if len(endless):
        raise InputError("Every feature must be a finite number.", row=int(endless[0]) + 1)
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if len(wrong):
        found = f"it is {values[wrong[0]]:g}"
        raise InputError(
            f"What came of an item must be a number of at least 0; {found}.", row=int(wrong[0]) + 1
        )
    if not values.any():
        raise InputError(
            "All values are 0: there is nothing to expect. Give some examples of what was watched."
        )
    needed("torch", extra="deep", for_="watch_time")
    from palate.recommend._watch_time_net import learn_odds

    scale = float(values.mean())
    knots = np.quantile(features, np.linspace(0, 1, _KNOTS), axis=0).T
    rng = generator(seed, "recommend", "expected_value")
    layers, losses = learn_odds(
        bent(features, knots),
        values / scale,
        hidden=hidden,
        regularization=regularization,
        iterations=iterations,
        rng=rng,
    )
    return ExpectedValue(knots, layers, scale, losses)


def bent(features: FloatArray, knots: FloatArray) -> FloatArray:
    """Return each feature's rank among those learned from, its square and its root, shape (n, 3 n_features).

    >>> bent(np.array([[5.0], [9.0]]), np.array([[1.0, 5.0, 9.0]])).round(2).tolist()
    [[0.5, 0.25, 0.71], [1.0, 1.0, 1.0]]
    """
    places = np.linspace(0, 1, knots.shape[1])
    columns = []
    for values, own in zip(features.T, knots, strict=True):
        # Equal quantiles are one value, which has the middle of their places.
        distinct, inverse, counts = np.unique(own, return_inverse=True, return_counts=True)
        columns.append(np.interp(values, distinct, np.bincount(inverse, weights=places) / counts))
    ranks = np.array(columns).T.reshape(len(features), len(knots))
    joined: FloatArray = np.concatenate([ranks, ranks**2, np.sqrt(ranks)], axis=1)
    return joined
