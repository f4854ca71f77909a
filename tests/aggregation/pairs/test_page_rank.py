from __future__ import annotations

import numpy as np
import pytest
from compared import circled, wins

from palate.aggregation.pairs import PageRank
from palate.core.errors import SettingsError


@pytest.mark.parametrize("damping", [0.5, 0.85])
def test_it_solves_the_walks_equations(damping: float) -> None:
    comparisons = circled(1, ties=0.2, n_comparisons=40)
    beaten = np.zeros((7, 7))  # thing 6 was never beaten
    rows = [*comparisons.iter_rows(), (6, 0, "left"), (6, 3, "left")]
    for a, b, label in rows:
        beaten[b, a] += {"left": 1, "right": 0, "tie": 0.5}[label]
        beaten[a, b] += {"left": 0, "right": 1, "tie": 0.5}[label]
    beaten[6] = 1
    step = damping * beaten / beaten.sum(axis=1, keepdims=True) + (1 - damping) / 7
    expected = np.linalg.solve(np.eye(7) - step.T + 1 / 7, np.full(7, 1 / 7))
    table = comparisons.extend(type(comparisons)(rows[-2:], schema=comparisons.schema, orient="row"))
    found = PageRank(damping=damping).aggregate(table)
    assert found.converged
    np.testing.assert_allclose(found.scores.sort("item")["score"], expected, atol=1e-10)
    assert found.scores["score"].sum() == pytest.approx(1)
    assert found.scores["item"][0] == int(np.argmax(expected))


def test_two_things_by_hand() -> None:
    # B sends all to A; A, unbeaten, half to each: a = .85 (b + a/2) + .075 with a + b = 1 gives a = .925 / 1.425.
    found = PageRank().aggregate(wins("A", "B", 5))
    assert found.scores["score"].to_list() == pytest.approx([0.925 / 1.425, 0.5 / 1.425])
    assert found.wins["probability"][0] == pytest.approx(0.925 / 1.425)


def test_too_few_steps_are_told() -> None:
    assert not PageRank(max_iter=1).aggregate(circled(1)).converged


@pytest.mark.parametrize("setting", [{"damping": 1.0}, {"tolerance": 0.0}, {"max_iter": 0}])
def test_impossible_settings_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        PageRank(**setting)
