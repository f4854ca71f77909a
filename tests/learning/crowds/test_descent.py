"""When learning stops, what is kept of it, and the networks that may be brought."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from crowd_worlds import crowd_world, require_torch

from palate.core.errors import InputError, OutputError, PalateError, SettingsError
from palate.learning.crowds import CrowdLayer, SmallNetwork, TaskFeatures, TwoStage, load_crowd


@pytest.fixture(autouse=True)
def _torch() -> None:
    require_torch()


def test_best_epoch_on_what_is_held_out_is_kept() -> None:
    world = crowd_world()
    learner = CrowdLayer(epochs=60, patience=5, warm_start=3, learning_rate=0.05)
    history = learner.fit(world.features, world.answers).history
    after = history.held_out_loss[3:]
    assert history.warm_start == 3
    assert history.best == 4 + int(np.argmin(after))
    assert len(history.loss) == len(history.held_out_loss) == history.best + 5
    assert len(history.loss) < 63


def test_weights_that_come_back_are_those_of_the_best_epoch() -> None:
    world = crowd_world()
    long = TwoStage(epochs=60, patience=5, learning_rate=0.05).fit(world.features, world.answers)
    best = long.history.best
    assert best < len(long.history.loss)
    short = TwoStage(epochs=best, patience=60, learning_rate=0.05).fit(world.features, world.answers)
    assert short.history.best == best
    assert short.from_features.tobytes() == long.from_features.tobytes()


def test_nothing_held_out_goes_through_all_epochs() -> None:
    world = crowd_world(n_tasks=40)
    history = CrowdLayer(epochs=4, held_out=0, warm_start=2).fit(world.features, world.answers).history
    assert (len(history.loss), history.held_out_loss, history.best) == (6, (), 6)


def test_known_labels_tell_when_to_stop_and_are_not_learned_from() -> None:
    world = crowd_world()
    learner = CrowdLayer(epochs=10, warm_start=2)
    known = world.truth[:20]
    found = learner.fit(world.features, world.answers, validation=known)
    logs = np.log(found.from_features[np.arange(20), known["label"].to_numpy()])
    assert found.history.held_out_loss[found.history.best - 1] == pytest.approx(-logs.mean(), abs=1e-5)
    turned = world.answers.with_columns(
        label=pl.when(pl.col("task").is_in(known["task"].implode()))
        .then(2 - pl.col("label"))
        .otherwise("label")
    )
    again = learner.fit(world.features, turned, validation=known)
    assert again.from_features.tobytes() == found.from_features.tobytes()
    with pytest.raises(InputError, match="Nobody gave this label"):
        learner.fit(world.features, world.answers, validation=known.with_columns(label=9))
    with pytest.raises(InputError, match="none is left to learn from"):
        learner.fit(world.features, world.answers, validation=world.truth)


@pytest.mark.parametrize(
    "seed", [0, 1]
)  # with the second start the loss stays finite, but its slope does not
def test_loss_that_explodes_is_an_error_that_says_what_to_do(seed: int) -> None:
    import torch

    torch.manual_seed(seed)
    world = crowd_world(n_tasks=40)
    features = world.features.with_columns(pl.col("x") * 1e30)
    with pytest.raises(InputError, match="no longer finite in epoch"):
        TwoStage(learning_rate=1e9).fit(features, world.answers, torch.nn.Linear(2, 3))


@pytest.mark.parametrize("wrong", ["a network", 7, lambda *_: "none"])
def test_what_is_no_network_is_refused(wrong: object) -> None:
    world = crowd_world(n_tasks=40)
    with pytest.raises((SettingsError, TypeError)):
        CrowdLayer().fit(world.features, world.answers, wrong)


def test_network_must_say_a_number_for_each_label() -> None:
    import torch

    world = crowd_world(n_tasks=40)
    with pytest.raises(SettingsError, match=r"each of the 3 labels.*\(2, 4\)"):
        CrowdLayer().fit(world.features, world.answers, torch.nn.Linear(2, 4))


def test_noise_needs_a_network() -> None:
    class Other:
        def fit(self) -> None: ...

        def predict_proba(self) -> None: ...

    world = crowd_world(n_tasks=40)
    with pytest.raises(SettingsError, match="CrowdLayer learns through a network; Other is none"):
        CrowdLayer().fit(world.features, world.answers, Other())


def test_pictures_go_to_networks_that_take_pictures(tmp_path: Path) -> None:
    import torch

    def make(values: np.ndarray, n_labels: int) -> torch.nn.Module:
        assert values.shape[1:] == (1, 4, 4)
        layers = torch.nn.Conv2d(1, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.ReLU(), torch.nn.Flatten()
        return torch.nn.Sequential(*layers, torch.nn.Linear(16, n_labels))

    world = crowd_world(n_tasks=65, unanswered=0)
    pictures = np.random.default_rng(0).normal(size=(65, 1, 4, 4))
    features = TaskFeatures(world.features["task"], pictures)
    found = CrowdLayer(epochs=3, batch=64, held_out=0).fit(features, world.answers, make)
    found.save(tmp_path / "crowd.zip")
    with pytest.raises(InputError, match="give one of the same layers"):
        load_crowd(tmp_path / "crowd.zip")
    with pytest.raises(InputError, match=r"crowd\.zip"):
        load_crowd(tmp_path / "crowd.zip", torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 3)))
    loaded = load_crowd(tmp_path / "crowd.zip", make)
    assert loaded.predict_proba(features).tobytes() == found.predict_proba(features).tobytes()
    with pytest.raises(InputError, match=r"shape \(1, 4, 4\)"):
        loaded.predict(TaskFeatures([1], np.zeros((1, 16))))


def test_features_that_do_not_vary_do_not_break_the_small_network() -> None:
    world = crowd_world(n_tasks=40)
    found = CrowdLayer(epochs=2).fit(world.features.with_columns(z=0.1), world.answers)
    far = world.features.with_columns(z=1000.0)
    assert np.isfinite(found.predict_proba(far)).all()
    for wrong in ({"hidden": (0,)}, {"dropout": 1.0}):
        with pytest.raises(SettingsError, match=next(iter(wrong))):
            SmallNetwork(**wrong)


def test_missing_torch_is_an_error_that_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    world = crowd_world(n_tasks=40)
    with pytest.raises(PalateError, match=r"palate\[deep\]"):
        CrowdLayer().fit(world.features, world.answers)


def test_foreign_missing_and_damaged_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other.zip").write_bytes(b"PK none")
    for name in ("other.zip", "none.zip"):
        with pytest.raises(InputError, match=name.replace(".", r"\.")):
            load_crowd(tmp_path / name)
    world = crowd_world(n_tasks=40)
    with pytest.raises(OutputError):
        CrowdLayer(epochs=1).fit(world.features, world.answers).save(tmp_path / "no" / "such" / "folder.zip")
