from __future__ import annotations

import numpy as np
import pytest

from palate.core.errors import InputError, SettingsError
from palate.experiments.off_policy import IPS, SNIPS, DoublyRobust, Logged, off_policy_estimators

RNG = np.random.default_rng(2)
LOGGED = Logged(RNG.gamma(1, 1, 50), RNG.random(50), None, predicted=RNG.random(50), expected=RNG.random(50))


def plainly(method, logged):
    w = logged.weights if method.clip is None else np.minimum(logged.weights, method.clip)
    r, q, v = logged.rewards, logged.predicted, logged.expected
    return {
        IPS: lambda: sum(w * r) / 50,
        SNIPS: lambda: sum(w * r) / sum(w),
        DoublyRobust: lambda: sum(v + w * (r - q)) / 50,
    }[type(method)]()


@pytest.mark.parametrize("clip", [None, 1.5])
@pytest.mark.parametrize("kind", list(off_policy_estimators))
def test_value_is_as_defined(kind, clip):
    method = kind(clip=clip)
    value, influence = method.influence(LOGGED)
    assert value == pytest.approx(plainly(method, LOGGED))
    assert influence.sum() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("kind", list(off_policy_estimators))
def test_influence_is_the_derivative_by_the_weight_of_a_row(kind):
    """Doubling a row's share of the log moves the value by its influence over the rows (numerically)."""
    value, influence = kind().influence(LOGGED)
    rows = np.concatenate([np.repeat(np.arange(50), 200), [7]])
    more = Logged(*(x[rows] if x is not None else None for x in (LOGGED.weights, LOGGED.rewards, None)))
    more = Logged(more.weights, more.rewards, None, LOGGED.predicted[rows], LOGGED.expected[rows])
    assert (kind().influence(more)[0] - value) * len(rows) == pytest.approx(influence[7], rel=1e-2)


def test_what_cannot_be_estimated_is_said():
    with pytest.raises(InputError, match="shows none of the logged items"):
        SNIPS().influence(Logged(np.zeros(3), np.ones(3)))
    with pytest.raises(InputError, match="give the table of the policy"):
        DoublyRobust().influence(Logged(np.ones(3), np.ones(3)))
    with pytest.raises(SettingsError, match="'clip' must be a number above 0"):
        IPS(clip=0)
