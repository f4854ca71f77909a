from __future__ import annotations

import numpy as np
import pytest
from bandit_logs import ITEMS, bandit, bandit_log, policy_table

from palate.experiments.off_policy import _reward_model
from palate.experiments.off_policy._log import read_log
from palate.experiments.off_policy._reward_model import predict_rewards

CLICKS, LOGGING, TARGET = bandit(1)
LOG = bandit_log(CLICKS, LOGGING, 300, np.random.default_rng(0))


@pytest.mark.parametrize("kept", [ITEMS, 3])
def test_ridge_regression_of_four_fifths_foretells_the_last(kept, monkeypatch):
    monkeypatch.setattr(_reward_model, "_ITEMS", kept)
    read = read_log(LOG, policy_table(TARGET))
    predicted, expected = predict_rewards(read, read.policy, [], seed=0)
    rewards, hour = LOG["reward"].to_numpy(), LOG["hour"].to_numpy()
    item = LOG["item"].str.strip_prefix("i").cast(int).to_numpy()
    folds = _reward_model._folds(read.users, len(rewards), 0)
    frequent = np.argsort(-np.bincount(item), kind="stable")[:kept]
    design = np.column_stack(
        [np.ones(len(item)), (hour - hour.mean()) / hour.std(), np.eye(ITEMS)[item][:, frequent]]
    )
    penalty = np.diag([1e-9] + [10.0] * (design.shape[1] - 1))
    for fold in range(5):
        own, others = folds == fold, folds != fold
        gram = design[others].T @ design[others] + penalty
        beta = np.linalg.solve(gram, design[others].T @ rewards[others])
        assert predicted[own] == pytest.approx(design[own] @ beta)
        drawn = TARGET[:, frequent] @ beta[2:]
        assert expected[own] == pytest.approx(design[own, :2] @ beta[:2] + drawn[hour[own]])


def test_no_user_is_in_two_folds():
    folds = _reward_model._folds(np.repeat(np.arange(20), 3), 60, 0)
    assert all(len(set(folds[3 * u : 3 * u + 3])) == 1 for u in range(20))
    assert set(folds) == {0, 1, 2, 3, 4}
