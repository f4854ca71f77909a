"""A simple model of rewards that never predicts a row it was fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from palate.core.coding import IntArray, encode
from palate.core.errors import InputError
from palate.core.randomness import Seed, generator
from palate.experiments.off_policy._log import Policy, ReadLog
from palate.inference.base import FloatArray

__all__ = ["predict_rewards"]

_FOLDS = 5
_PENALTY = 10.0
"""As if each coefficient had been 0 in ten rows more."""
_ITEMS = 1000
"""Items that have a coefficient of their own, the most frequent."""
_LEVELS = 50
"""Values of a text column that have a coefficient of their own, the most frequent."""


def predict_rewards(
    log: ReadLog, policy: Policy, features: Sequence[str], seed: Seed
) -> tuple[FloatArray, FloatArray]:
    """Return what a model expects of each row's item, and of an item drawn by the target policy in its place.

    Ridge regression of the reward on the item, the situation's columns and ``features``, without interactions;
    fitted on four fifths of the users (or rows), it predicts the last.

    Args:
        log: The log.
        policy: The target policy.
        features: Columns of the log known before the item was chosen.
        seed: Of the folds.

    Raises:
        InputError: The log lacks a feature, or a feature is missing in a row.
    """
    rewards = log.table["reward"].to_numpy()
    design, place = _design(log, policy, features)
    folds = _folds(log.users, len(rewards), seed)
    parts = [(design[folds == fold], rewards[folds == fold]) for fold in range(_FOLDS)]
    gram, moment = design.T @ design, design.T @ rewards
    penalty = _PENALTY * np.eye(design.shape[1])
    penalty[0, 0] = 1e-9  # the constant is free
    first = design.shape[1] - int(place.max()) - 1
    predicted, expected = np.empty(len(rewards)), np.empty(len(rewards))
    for fold, (part, seen) in enumerate(parts):
        coefficients = np.linalg.solve((gram - part.T @ part).toarray() + penalty, moment - part.T @ seen)
        of_items = np.where(place >= 0, coefficients[first:][place], 0.0)
        drawn = np.bincount(
            policy.of, weights=policy.probabilities * of_items[policy.items], minlength=policy.n_situations
        )
        rows = folds == fold
        predicted[rows] = part @ coefficients
        expected[rows] = (
            predicted[rows] - of_items[policy.logged_items[rows]] + drawn[policy.situations[rows]]
        )
    return predicted, expected


def _design(log: ReadLog, policy: Policy, features: Sequence[str]) -> tuple[Any, IntArray]:
    """Return the constant, the situation and the item of every row as a sparse table, and each item's place in it.

    Items beyond the most frequent have no coefficient of their own, and the place -1.
    """
    from scipy import sparse

    n = len(log.table)
    logged = np.bincount(policy.logged_items, minlength=policy.n_items)
    frequent = np.argsort(-logged, kind="stable")[:_ITEMS]
    place = np.full(policy.n_items, -1, dtype=np.int32)
    place[frequent] = np.arange(len(frequent), dtype=np.int32)
    own = np.flatnonzero(place[policy.logged_items] >= 0)
    items = sparse.csr_array(
        (np.ones(len(own)), (own, place[policy.logged_items[own]])), shape=(n, len(frequent))
    )
    situation = np.hstack([np.ones((n, 1)), _columns(log.table, [*log.shared, *features])])
    return sparse.hstack([sparse.csr_array(situation), items], format="csr"), place


def _folds(users: IntArray | None, n: int, seed: Seed) -> IntArray:
    rng = generator(seed, "off-policy", "folds")
    units = n if users is None else int(users.max()) + 1
    of_units = (rng.permutation(units) % _FOLDS).astype(np.int32)
    return of_units if users is None else of_units[users]


def _columns(table: pl.DataFrame, names: Sequence[str]) -> FloatArray:
    """Return numbers with mean 0 and variance 1, and a column for each frequent value of text."""
    parts = [np.empty((len(table), 0))]
    for name in dict.fromkeys(names):
        if name not in table.columns:
            raise InputError(
                f"The log has no feature '{name}'. Its columns are: {', '.join(table.columns)}.", where="log"
            )
        column = table[name]
        if column.null_count():
            raise InputError(
                "A feature is missing. Fill it in or leave the feature out.", where="log", column=name
            )
        numbers = column.cast(pl.Float64, strict=False)
        if numbers.null_count() == 0 and numbers.is_finite().all():
            values = numbers.to_numpy()
            spread = float(values.std())
            parts.append(((values - values.mean()) / spread if spread else 0 * values)[:, np.newaxis])
            continue
        codes = encode(column.cast(pl.String))
        frequent = np.argsort(-np.bincount(codes.codes), kind="stable")[:_LEVELS]
        parts.append((codes.codes[:, np.newaxis] == frequent).astype(np.float64))
    return np.hstack(parts)
