"""Logs of a simulated policy whose better one is known exactly."""

from __future__ import annotations

import numpy as np
import polars as pl

ITEMS, SITUATIONS = 6, 3


def bandit(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return chances of a click, the logging and the target policy, each of shape (situations, items)."""
    rng = np.random.default_rng(seed)
    clicks = rng.uniform(0.02, 0.4, (SITUATIONS, ITEMS))
    logging = rng.dirichlet(np.full(ITEMS, 3.0), SITUATIONS)
    target = rng.dirichlet(np.full(ITEMS, 1.0), SITUATIONS)
    return clicks, 0.9 * logging + 0.1 / ITEMS, target


def policy_table(target: np.ndarray) -> pl.DataFrame:
    """Return a policy as a table: ``hour, item, probability``."""
    rows = [(h, f"i{i}", target[h, i]) for h in range(SITUATIONS) for i in range(ITEMS)]
    return pl.DataFrame(rows, schema=["hour", "item", "probability"], orient="row")


def bandit_log(clicks: np.ndarray, logging: np.ndarray, users: int, rng: np.random.Generator) -> pl.DataFrame:
    """Return a log of five rows a user, whose taste moves all their clicks: ``user, hour, item, reward, propensity``."""
    user = np.repeat(np.arange(users), 5)
    hour = rng.integers(0, SITUATIONS, len(user))
    item = (rng.random(len(user))[:, None] > np.cumsum(logging[hour], axis=1)).sum(axis=1)
    taste = rng.uniform(0.2, 1.8, users)[user]
    reward = (rng.random(len(user)) < taste * clicks[hour, item]).astype(float)
    columns = {"user": user, "hour": hour, "item": [f"i{i}" for i in item], "reward": reward}
    return pl.DataFrame({**columns, "propensity": logging[hour, item]})
