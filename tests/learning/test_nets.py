"""ListNet and ListMLE: their losses by plain numpy, their gradients by finite differences."""

from __future__ import annotations

import itertools
import json
import math
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from requirements import require

from palate.core.errors import InputError, PalateError, SettingsError
from palate.learning import Beliefs, LearningData, ListMLE, ListNet, rankers
from palate.learning.listmle import drawn_orders
from palate.learning.listnet import first_shares

SIZES = np.array([4, 1, 3])
GRADES = np.array([2, 0, 1, 0, 1, 0, 0, 3], dtype=np.int32)
SHARES = np.array([[0.5, 0.3, 0.2, 0.0], [0.1, 0.9, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]])


@pytest.fixture(autouse=True)
def _torch() -> None:
    require(find_spec("torch"), "the extra deep is not installed")


def _data(**more: object) -> LearningData:
    features = np.random.default_rng(0).normal(size=(8, 2))
    return replace(LearningData(features, GRADES, SIZES, ("a", "b")), **more)


def _softmax(values: np.ndarray) -> np.ndarray:
    return np.exp(values) / np.exp(values).sum()


def _queries(sizes: np.ndarray) -> list[slice]:
    ends = np.cumsum(sizes)
    return [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]


def _listnet_loss(scores: np.ndarray, data: LearningData) -> float:
    total = 0.0
    for span in _queries(data.group_sizes):
        total -= _softmax(data.grades[span].astype(float)) @ np.log(_softmax(scores[span]))
    return total / len(data.group_sizes)


def _listmle_loss(scores: np.ndarray, orders: list[np.ndarray], data: LearningData) -> float:
    total = 0.0
    for order in orders:
        for span in _queries(data.group_sizes):
            ranked = scores[order[span]]
            total -= sum(math.log(_softmax(ranked[place:])[0]) for place in range(len(ranked)))
    return total / len(orders) / len(data.group_sizes)


def _check(method: ListNet | ListMLE, data: LearningData, yardstick) -> None:
    import torch

    loss = method._loss(data, 0, torch)
    rng = np.random.default_rng(1)
    for scores in (np.zeros(8), rng.normal(size=8), 30 * rng.normal(size=8)):
        tensor = torch.tensor(scores, requires_grad=True)
        found = loss(tensor)
        found.backward()
        assert float(found.detach()) == pytest.approx(yardstick(scores))
        for row in range(8):
            step = 1e-5 * np.eye(8)[row]
            slope = (yardstick(scores + step) - yardstick(scores - step)) / 2e-5
            assert float(tensor.grad[row]) == pytest.approx(slope, abs=1e-6)


def test_listnet_is_the_cross_entropy_of_softmaxes() -> None:
    data = _data()
    _check(ListNet(), data, lambda scores: _listnet_loss(scores, data))


def test_listmle_is_the_plackett_luce_likelihood_of_the_order_of_grades() -> None:
    data = _data()
    orders = drawn_orders(data, 0, 3)
    _check(ListMLE(orders=3), data, lambda scores: _listmle_loss(scores, orders, data))


def test_orders_are_best_first_and_break_ties_by_chance() -> None:
    data = _data()
    orders = drawn_orders(data, 0, 200)
    for order in orders:
        for span in _queries(SIZES):
            assert sorted(order[span]) == list(range(span.start, span.stop))
            assert (np.diff(GRADES[order[span]]) <= 0).all()
    third = np.mean([order[2] == 1 for order in orders])  # items 1 and 3 tie
    assert abs(third - 0.5) < 4 * math.sqrt(0.25 / 200)


def test_expected_first_shares_are_the_mean_over_all_grades() -> None:
    data = LearningData(np.zeros((3, 1)), np.array([0, 1, 3], np.int32), np.array([3]), ("a",))
    data = replace(data, beliefs=Beliefs(np.arange(4), SHARES))
    exact = np.zeros(3)
    for grades in itertools.product(range(4), repeat=3):
        chance = math.prod(SHARES[row, grade] for row, grade in enumerate(grades))
        exact += chance * _softmax(np.array(grades, dtype=float))
    # 200 draws of numbers from 0 to 1: a standard error of at most 0.5 / sqrt(200).
    assert first_shares(data, 0) == pytest.approx(exact, abs=4 * 0.5 / math.sqrt(200))
    many = np.mean([first_shares(data, seed) for seed in range(200)], axis=0)
    assert many == pytest.approx(exact, abs=4 * 0.5 / math.sqrt(40_000))


def test_ignoring_the_posterior_learns_from_the_grades() -> None:
    certain, unsure = _data(), _data(beliefs=Beliefs(np.arange(4), np.full((8, 4), 0.25)))
    for name in ("listnet", "listmle"):
        method = rankers.create(name, {"confidence": "ignore", "epochs": 20})
        scores = [method.fit(data).score(data.features) for data in (certain, unsure)]
        assert scores[0].tobytes() == scores[1].tobytes()
        assert len(set(rankers.create(name).fit(certain).score(certain.features))) > 1


@pytest.mark.parametrize("name", ["listnet", "listmle"])
def test_a_hidden_layer_learns_what_no_line_can(name: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    features = rng.uniform(-2, 2, size=(400, 1))
    grades = (np.abs(features[:, 0]) < 1).astype(np.int32) * 2  # the middle is best
    data = LearningData(features, grades, np.full(40, 10), ("x",))
    values = {}
    for hidden in (0, 8):
        method = rankers.create(name, {"hidden": hidden, "weight_decay": 1e-5})
        fitted = method.fit(data, seed=1)
        scores = fitted.score(features)
        values[hidden] = np.mean(scores[grades == 2][:, None] > scores[grades == 0])
    assert values[0] < 0.7
    assert values[8] > 0.95
    assert fitted.contributions(features) is None
    fitted.save(tmp_path / "net.json")
    assert method.load(tmp_path / "net.json").score(features).tobytes() == scores.tobytes()
    assert fitted.importance() == {"x": 1.0}


def test_contributions_of_a_linear_score_add_up_and_average_to_nothing() -> None:
    rng = np.random.default_rng(3)
    features = rng.normal(size=(200, 3))
    features[rng.random(200) < 0.3, 2] = np.nan
    grades = np.digitize(features[:, 1], [-0.5, 0.5]).astype(np.int32) + np.isnan(features[:, 2])
    data = LearningData(features, grades.astype(np.int32), np.full(20, 10), ("a", "b", "c"))
    fitted = rankers.create("listnet").fit(data)
    found = fitted.contributions(features)
    assert found is not None
    assert found.sum(axis=1) == pytest.approx(fitted.score(features))
    assert found.mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-9)
    assert fitted.importance()["c"] > 0.1  # that it is missing says something


def test_without_torch_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(PalateError, match=r"pip install 'palate\[deep\]'"):
        ListNet().fit(_data())


def test_a_saved_net_ranks_without_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = _data()
    fitted = ListNet(epochs=5).fit(data)
    fitted.save(tmp_path / "net.json")
    monkeypatch.setitem(sys.modules, "torch", None)
    loaded = ListNet().load(tmp_path / "net.json")
    assert loaded.score(data.features).tobytes() == fitted.score(data.features).tobytes()
    saved = json.loads((tmp_path / "net.json").read_text())
    (tmp_path / "net.json").write_text(json.dumps({**saved, "format": "palate ListMLE 1"}))
    with pytest.raises(InputError, match="no ranker saved by ListNet"):
        ListNet().load(tmp_path / "net.json")


@pytest.mark.parametrize(
    "settings",
    [
        {"hidden": -1},
        {"epochs": 0},
        {"learning_rate": 0.0},
        {"weight_decay": -1.0},
        {"confidence": "weights"},
    ],
)
def test_settings_out_of_range_are_refused(settings: dict) -> None:
    with pytest.raises(SettingsError):
        ListNet(**settings)
    with pytest.raises(SettingsError, match="orders"):
        ListMLE(orders=0)


def test_grades_too_high_for_exponentials_are_refused() -> None:
    with pytest.raises(InputError, match="0 to 100"):
        ListNet().fit(_data(grades=np.full(8, 101, dtype=np.int32)))
    ListMLE(epochs=1).fit(_data(grades=(GRADES * 1000).astype(np.int32)))
