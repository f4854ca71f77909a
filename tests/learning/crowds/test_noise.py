"""Losses and gradients of what stands behind the network, against plain numpy and finite differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl
import pytest
from crowd_worlds import crowd_world, require_torch

from palate.core.errors import SettingsError
from palate.learning.crowds import CoNAL, CrowdLayer, TaskFeatures, TraceRegularized
from palate.learning.crowds._data import crowd_data

Tensors = Mapping[str, np.ndarray]


def _softmax(scores: np.ndarray) -> np.ndarray:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def _normalized(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


FEATURES = np.random.default_rng(1).normal(size=(4, 3))
ANSWERS = pl.DataFrame(
    {
        "task": [0, 0, 1, 2, 2, 3],
        "annotator": [0, 1, 1, 0, 2, 2],
        "label": [0, 2, 1, 1, 2, 0],
    }
)


def _layer(truth: np.ndarray, row: int, annotator: int, tensors: Tensors) -> np.ndarray:
    return _softmax(truth @ tensors["matrices"][annotator])


def _vector(truth: np.ndarray, row: int, annotator: int, tensors: Tensors) -> np.ndarray:
    return _softmax(
        truth * tensors["weights"][annotator] + tensors.get("biases", np.zeros((3, 3)))[annotator]
    )


def _confusion(truth: np.ndarray, row: int, annotator: int, tensors: Tensors) -> np.ndarray:
    positive = np.log1p(np.exp(tensors["heights"][annotator]))
    return truth @ (positive / positive.sum(axis=1, keepdims=True))


def _two_layers(truth: np.ndarray, row: int, annotator: int, tensors: Tensors) -> np.ndarray:
    standardized = (FEATURES - FEATURES.mean(axis=0)) / FEATURES.std(axis=0)
    hidden = standardized @ tensors["into"].T + tensors["into_bias"]
    tasks = _normalized(hidden @ tensors["out"].T + tensors["out_bias"])
    share = 1 / (1 + np.exp(-tasks[row] @ _normalized(tensors["annotators"])[annotator]))
    return _softmax(share * truth @ tensors["common"] + (1 - share) * truth @ tensors["own"][annotator])


def _trace(tensors: Tensors) -> float:
    positive = np.log1p(np.exp(tensors["heights"]))
    return 0.3 * np.mean([np.trace(rows / rows.sum(axis=1, keepdims=True)) for rows in positive])


def _apart(tensors: Tensors) -> float:
    return -0.2 * sum(np.linalg.norm(own - tensors["common"]) for own in tensors["own"])


CASES: dict[str, tuple[object, Callable[..., np.ndarray], Callable[[Tensors], float]]] = {
    "MW": (CrowdLayer(), _layer, lambda _: 0.0),
    "VW": (CrowdLayer(variant="VW"), _vector, lambda _: 0.0),
    "VW+B": (CrowdLayer(variant="VW+B"), _vector, lambda _: 0.0),
    "trace": (TraceRegularized(trace=0.3), _confusion, _trace),
    "conal": (CoNAL(difference=0.2, size=4, width=5), _two_layers, _apart),
}


@pytest.mark.parametrize("case", CASES)
def test_loss_and_gradients_are_those_of_the_formulas(case: str) -> None:
    require_torch()
    import torch

    from palate.learning.crowds._descent import Batches

    learner, answer, penalty = CASES[case]
    data = crowd_data(TaskFeatures([0, 1, 2, 3], FEATURES), ANSWERS)
    torch.manual_seed(0)
    noise = learner.noise(data)
    rng = np.random.default_rng(2)
    start = {name: t.detach().numpy() + 0.3 * rng.normal(size=t.shape) for name, t in noise.tensors.items()}
    noise._tensors = {name: torch.from_numpy(values).requires_grad_() for name, values in start.items()}
    if case == "conal":
        noise._features = noise._features.double()
    logits = rng.normal(size=(4, 3))

    def loss(scores: np.ndarray, tensors: Tensors) -> float:
        truth = _softmax(scores)
        logs = [
            np.log(answer(truth[task], task, annotator, tensors)[label])
            for task, annotator, label in ANSWERS.iter_rows()
        ]
        return -float(np.mean(logs)) + penalty(tensors)

    given = torch.from_numpy(logits).requires_grad_()
    batch = Batches(data, torch.nn.Linear(3, 3).double()).of(np.arange(4))
    total = noise.losses(given, batch).mean() + noise.penalty()
    tolerance = 1e-6 if case == "conal" else 1e-10  # its standardized features are single-precision numbers
    assert float(total.detach()) == pytest.approx(loss(logits, start), abs=tolerance)
    total.backward()

    def slope(name: str | None, place: tuple[int, ...]) -> float:
        sides = []
        for step in (1e-5, -1e-5):
            moved = {key: value.copy() for key, value in (start | {"logits": logits}).items()}
            moved[name or "logits"][place] += step
            sides.append(loss(moved.pop("logits"), moved))
        return (sides[0] - sides[1]) / 2e-5

    for name, values in (start | {"logits": logits}).items():
        tensor = given if name == "logits" else noise.tensors[name]
        found = np.zeros(values.shape) if tensor.grad is None else tensor.grad.numpy()
        expected = np.array([slope(name, place) for place in np.ndindex(values.shape)]).reshape(values.shape)
        np.testing.assert_allclose(found, expected, atol=1e-6, err_msg=name)


def test_confusion_and_judgments_follow_from_network_and_noise_by_bayes_rule() -> None:
    require_torch()
    world = crowd_world(n_tasks=40, unanswered=5)
    found = TraceRegularized(epochs=5, warm_start=2).fit(world.features, world.answers)
    for row in (0, 17, 34):
        weights = found.from_features[row].copy()
        for task, annotator, label in world.answers.iter_rows():
            if task == found.task_ids[row]:
                weights = weights * found.confusion_of(annotator)[:, label]
        np.testing.assert_allclose(found.from_all[row], weights / weights.sum(), atol=1e-6)
    np.testing.assert_array_equal(found.from_all[36], found.from_features[36])


def test_trace_starts_as_far_from_chance_as_said() -> None:
    require_torch()
    world = crowd_world(n_tasks=40)
    data = crowd_data(world.features, world.answers)
    start = TraceRegularized(start=0.4).noise(data)._all().detach().numpy()
    np.testing.assert_allclose(start[0], 0.4 * np.eye(3) + 0.6 / 3, atol=1e-6)


def test_answers_only_on_held_out_tasks_are_noted() -> None:
    require_torch()
    world = crowd_world(n_tasks=40, unanswered=0)
    rare = pl.DataFrame(
        {"task": world.features["task"], "annotator": [f"z{t}" for t in range(40)], "label": 1}
    )
    answers = pl.concat([world.answers, rare.cast({"label": pl.Int64})])
    found = CrowdLayer(epochs=2).fit(world.features, answers)
    assert any("4 of 46 annotators answered only tasks that were held out" in note for note in found.notes)


def test_settings_of_each_method_are_checked() -> None:
    with pytest.raises(SettingsError, match="VW"):
        CrowdLayer(variant="XX")
    for wrong in ({"start": 0.0}, {"start": 1.0}, {"trace": -1.0}):
        with pytest.raises(SettingsError, match=next(iter(wrong))):
            TraceRegularized(**wrong)
    for wrong in ({"start": 0.0}, {"difference": -1.0}, {"size": 0}, {"warm_start": -1}):
        with pytest.raises(SettingsError, match=next(iter(wrong))):
            CoNAL(**wrong)
