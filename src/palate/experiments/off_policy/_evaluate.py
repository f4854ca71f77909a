"""Estimate a policy's mean reward from the log of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from palate.core.errors import InputError
from palate.core.frames import IntoTable
from palate.core.randomness import Seed
from palate.experiments._intervals import Estimate, check_confidence, clustered_error
from palate.experiments.off_policy._log import read_log
from palate.experiments.off_policy._results import PolicyEvaluation, PolicyValue
from palate.experiments.off_policy._reward_model import predict_rewards
from palate.experiments.off_policy.base import Logged, OffPolicyEstimator
from palate.experiments.off_policy.registry import off_policy_estimators
from palate.inference.base import FloatArray

__all__ = ["evaluate_policy"]

_FEW = 100
"""Effective rows below which the normal law of a weighted mean is taken on trust."""


def evaluate_policy(
    log: IntoTable,
    policy: IntoTable | None = None,
    *,
    methods: Sequence[OffPolicyEstimator | str] | None = None,
    features: Sequence[str] = (),
    confidence: float = 0.95,
    seed: Seed = 0,
) -> PolicyEvaluation:
    """Return the mean reward that a target policy would get, from the log of another one.

    Intervals are Student's, by user where the log names users, from each row's influence on the estimate.

    Args:
        log: Columns ``reward`` and ``propensity`` (with which the item was shown); ``item`` if ``policy`` is given,
            else ``target`` (the target policy's probability of that item); ``user`` if known.
        policy: The target policy: ``item, probability`` and columns shared with the log, such as ``position``,
            that tell apart situations, in each of which the probabilities sum to 1.
        methods: Estimators or their names; by default IPS, SNIPS and, with ``policy``, doubly robust.
        features: Columns of the log, known before the item was chosen, for the doubly robust estimate's model.
        confidence: Of the intervals, in (0, 1).
        seed: Of the model's folds.

    Raises:
        InputError: The tables do not hold what is needed (see the text).
        UnknownNameError: There is no such estimator.

    >>> import polars as pl
    >>> rows = [(i % 2, float(i % 4 < 3 if i % 2 else i % 4 < 1), 0.5) for i in range(400)]
    >>> log = pl.DataFrame(rows, schema=["item", "reward", "propensity"], orient="row")
    >>> always_1 = pl.DataFrame({"item": [0, 1], "probability": [0.0, 1.0]})
    >>> evaluate_policy(log, always_1, methods=["snips"]).values[0].value.estimate
    0.5
    """
    check_confidence(confidence)
    found = read_log(log, policy)
    chosen = _methods(methods, whole=found.policy is not None)
    predicted = expected = None
    if found.policy is not None and any(method.needs_model for method in chosen):
        predicted, expected = predict_rewards(found, found.policy, features, seed)
    rewards = found.table["reward"].to_numpy()
    weights = found.target / found.table["propensity"].to_numpy()
    logged = Logged(weights, rewards, found.users, predicted, expected)
    mean = float(rewards.mean())
    own = _estimate(mean, rewards - mean, logged)
    squares = float(np.square(weights).sum())
    values = tuple(_value(method, logged, confidence) for method in chosen)
    clipping = [_clipping_note(value, len(rewards)) for value in values if value.clipped]
    return PolicyEvaluation(
        values,
        own.interval(confidence),
        len(rewards),
        own.units,
        "row" if found.users is None else "user",
        float(weights.sum()) ** 2 / squares if squares else 0.0,
        float(weights.mean()),
        float(weights.max()),
        (*_notes(logged), *clipping),
    )


def _methods(methods: Sequence[OffPolicyEstimator | str] | None, *, whole: bool) -> list[OffPolicyEstimator]:
    if methods is None:
        every = [off_policy_estimators.create(name) for name in ("ips", "snips", "doubly_robust")]
        return [method for method in every if whole or not method.needs_model]
    if not methods:
        raise InputError("There is no estimator to evaluate the policy with; name at least one.")
    return [off_policy_estimators.create(m) if isinstance(m, str) else m for m in methods]


def _estimate(value: float, influence: FloatArray, logged: Logged) -> Estimate:
    error, units = clustered_error(influence, logged.users)
    scale = float(np.abs(influence).max()) if len(influence) else 0.0
    return Estimate(value, error if scale > 1e-12 * max(1.0, abs(value)) else 0.0, units - 1, units)


def _value(method: OffPolicyEstimator, logged: Logged, confidence: float) -> PolicyValue:
    value, influence = method.influence(logged)
    mean = float(logged.rewards.mean())
    lift = _estimate(value - mean, influence - (logged.rewards - mean), logged)
    return PolicyValue(
        method,
        _estimate(value, influence, logged).interval(confidence),
        lift.interval(confidence),
        lift.p_value(),
        float((method.clipped(logged) < logged.weights).mean()),
        replace(method, clip=None).influence(logged)[0] - value,
    )


def _notes(logged: Logged) -> list[str]:
    weights, n = logged.weights, len(logged.weights)
    notes = []
    error, _ = clustered_error(weights - weights.mean(), logged.users)
    mean = float(weights.mean())
    if abs(mean - 1) > 4 * error + 1e-6:
        notes.append(
            f"weights are {mean:.3f} on average; far from 1, they say that propensities are wrong, or that the target"
            " policy shows items that the logging one never does, of which the log says nothing."
        )
    squares = float(np.square(weights).sum())
    effective = float(weights.sum()) ** 2 / squares if squares else 0.0
    if effective < _FEW:
        notes.append(
            f"{n:,} rows say as much of the target policy as {effective:,.0f} of its own would; its interval supposes that a"
            " mean of so few is normal, and is likely too short."
        )
    largest = float(weights.max() / weights.sum()) if weights.any() else 0.0
    if largest > 0.05:
        notes.append(f"one row of {n:,} has {100 * largest:.0f}% of all weight.")
    return notes


def _clipping_note(value: PolicyValue, n: int) -> str:
    return (
        f"{value.name}: {round(value.clipped * n):,} of {n:,} weights are clipped at {value.method.clip:g}; without it the"
        f" value would be {value.clipping:+.4g} away, which is its bias as far as the same rows tell."
    )
