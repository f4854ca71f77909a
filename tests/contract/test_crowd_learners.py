"""What every way to learn from crowds does, today's and tomorrow's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from crowd_worlds import CrowdWorld, crowd_world, require_torch

from palate.core.errors import InputError, SettingsError
from palate.learning.crowds import CrowdResult, SmallNetwork, TaskFeatures, crowd_learners, load_crowd

every_learner = pytest.mark.parametrize("name", crowd_learners.names())
QUICK = {"epochs": 25, "learning_rate": 0.02, "patience": 25}
SMALL = SmallNetwork(hidden=(8,))


@pytest.fixture(autouse=True)
def _torch() -> None:
    require_torch()


def _fit(name: str, world: CrowdWorld, **more: object) -> CrowdResult:
    settings = more.pop("settings", {})
    learner = crowd_learners.create(name, {**QUICK, **settings})
    given = {"features": world.features, "answers": world.answers, "classifier": SMALL} | more
    return learner.fit(**given)


def _bits(found: CrowdResult) -> bytes:
    return b"".join(part.tobytes() for part in (found.from_features, found.from_all, found.confusion))


@every_learner
def test_what_a_crowd_knows_is_learned(name: str) -> None:
    world = crowd_world()
    found = _fit(name, world)
    truth = world.truth["label"].to_numpy()
    answered = found.answered
    assert found.task_ids.to_list() == world.truth["task"].to_list()
    assert answered.tolist() == [True] * 90 + [False] * 30
    assert np.mean(found.from_features[~answered].argmax(axis=1) == truth[~answered]) > 0.85
    votes = pl.DataFrame({"task": world.answers["task"], "label": world.answers["label"]})
    majority = votes.group_by("task").agg(pl.col("label").mode().sort().first()).sort("task")["label"]
    voted_right = np.mean(majority.to_numpy() == truth[:90])
    assert np.mean(found.from_all[answered].argmax(axis=1) == truth[answered]) >= voted_right - 0.05


@every_learner
def test_probabilities_and_confusions_are_probabilities(name: str) -> None:
    found = _fit(name, crowd_world())
    for part in (found.from_features, found.from_all, found.confusion):
        assert (part >= 0).all()
        np.testing.assert_allclose(part.sum(axis=-1), 1.0, atol=1e-9)
    assert found.confusion.shape == (6, 3, 3)
    assert found.annotators["answers"].sum() == 270
    assert ((found.skill > 0) & (found.skill <= 1)).all()
    np.testing.assert_array_equal(found.confusion_of("a2"), found.confusion[2])
    table = found.confusion_table.filter(annotator="a1", truth=2)["probability"]
    np.testing.assert_array_equal(table.to_numpy(), found.confusion[1, 2])


@every_learner
def test_same_seed_gives_the_same_bits_and_another_other_ones(name: str) -> None:
    world = crowd_world()
    first, again, other = (_fit(name, world, seed=seed) for seed in (3, 3, 4))
    assert _bits(first) == _bits(again)
    assert _bits(first) != _bits(other)


@every_learner
def test_order_of_rows_does_not_matter(name: str) -> None:
    world = crowd_world()
    features = world.features.sample(fraction=1.0, shuffle=True, seed=5)
    answers = world.answers.sample(fraction=1.0, shuffle=True, seed=6)
    assert _bits(_fit(name, world)) == _bits(_fit(name, world, features=features, answers=answers))


@every_learner
def test_names_of_tasks_and_annotators_do_not_matter(name: str) -> None:
    world = crowd_world()
    renamed = pl.concat_str(pl.lit("task "), pl.col("task").cast(pl.String)).alias("task")
    answers = world.answers.with_columns(renamed, annotator=pl.col("annotator").str.slice(1).cast(pl.Int64))
    found = _fit(name, world, features=world.features.with_columns(renamed), answers=answers)
    assert _bits(found) == _bits(_fit(name, world))
    assert found.labels["task"][0] == "task 100"
    assert found.annotators["annotator"].to_list() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("values", [["cat", "dog", "eel"], [7, 8, 9], ["007", "01", "é"]])
@every_learner
def test_labels_survive_as_they_came(name: str, values: list[object]) -> None:
    world = crowd_world(n_tasks=60, unanswered=10)
    answers = world.answers.with_columns(
        pl.Series("label", [values[code] for code in world.answers["label"]])
    )
    found = _fit(name, world, answers=answers)
    assert found.label_values.to_list() == values
    for table in (found.labels, found.judgments, found.predict(world.features)):
        assert table["label"].dtype == answers["label"].dtype
        assert set(table["label"]) <= set(values)
    assert found.to_dict()["labels"] == values
    assert found.probabilities.columns == ["task", *map(str, values)]


@every_learner
def test_true_and_false_are_labels(name: str) -> None:
    world = crowd_world(n_tasks=60, unanswered=0)
    found = _fit(name, world, answers=world.answers.with_columns(label=pl.col("label") == 0))
    assert found.labels["label"].dtype == pl.Boolean
    assert found.confusion.shape == (6, 2, 2)


@every_learner
def test_predictions_follow_the_rows_of_features(name: str) -> None:
    world = crowd_world()
    found = _fit(name, world)
    some = world.features[[7, 3, 110]].select("y", "task", "x")
    assert found.predict(some)["task"].to_list() == [107, 103, 210]
    np.testing.assert_allclose(found.predict_proba(some), found.from_features[[7, 3, 110]], atol=1e-6)


@every_learner
def test_arrays_and_tables_of_features_teach_the_same(name: str) -> None:
    world = crowd_world()
    arrays = TaskFeatures(world.features["task"], world.features.select("x", "y").to_numpy())
    assert _bits(_fit(name, world, features=arrays)) == _bits(_fit(name, world))


@every_learner
def test_nothing_given_is_changed(name: str) -> None:
    import torch

    world = crowd_world(n_tasks=60)
    network = torch.nn.Linear(2, 3)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    features, answers = world.features.clone(), world.answers.clone()
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    found = _fit(name, world, classifier=network)
    assert torch.equal(state, torch.get_rng_state())
    assert torch.get_num_threads() == threads
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())
    assert found.classifier is not network
    assert world.features.equals(features)
    assert world.answers.equals(answers)


@every_learner
def test_saved_result_foretells_to_the_last_bit(name: str, tmp_path: Path) -> None:
    world = crowd_world(n_tasks=60)
    found = _fit(name, world)
    found.save(tmp_path / "crowd.zip")
    loaded = load_crowd(tmp_path / "crowd.zip")
    assert _bits(loaded) == _bits(found)
    assert loaded.to_dict() == found.to_dict()
    assert loaded.settings == found.settings
    assert loaded.predict_proba(world.features).tobytes() == found.predict_proba(world.features).tobytes()
    assert loaded.judgments.equals(found.judgments)


@every_learner
def test_progress_ends_at_the_total(name: str) -> None:
    calls: list[tuple[int, int]] = []
    _fit(name, crowd_world(n_tasks=40), progress=lambda done, total: calls.append((done, total)))
    assert calls == sorted(calls)
    assert calls[-1][0] == calls[-1][1]


@every_learner
def test_tasks_without_answers_and_single_annotators_are_noted(name: str) -> None:
    world = crowd_world(n_tasks=60)
    assert any("30 of 60 tasks have no answers" in note for note in _fit(name, world).notes)
    single = world.answers.filter(annotator="a0")
    if name == "crowdlab":
        with pytest.raises(InputError, match="two answers"):
            _fit(name, world, answers=single)
        return
    found = _fit(name, world, answers=single)
    assert any("one annotator ('a0')" in note for note in found.notes)


@every_learner
def test_mistakes_in_tables_are_errors_that_say_where(name: str) -> None:
    world = crowd_world(n_tasks=40)
    with pytest.raises(
        InputError, match=r"answers, row 1, column 'task': This answered task has no features"
    ):
        _fit(name, world, features=world.features.filter(pl.col("task") != world.answers["task"][0]))
    broken = pl.when(pl.col("task") == 100).then(float("nan")).otherwise("x").alias("x")
    with pytest.raises(InputError, match=r"features, row 1, column 'x': .*not a finite number"):
        _fit(name, world, features=world.features.with_columns(broken))
    with pytest.raises(InputError, match="nothing to tell apart"):
        _fit(name, world, answers=world.answers.with_columns(label=pl.lit(1)))
    with pytest.raises(InputError, match='on_duplicate="first"'):
        _fit(name, world, answers=pl.concat([world.answers, world.answers[:1]]))
    with pytest.raises(InputError, match="gave no answer"):
        _fit(name, world).confusion_of("nobody")


@every_learner
def test_settings_out_of_range_are_refused(name: str) -> None:
    for setting, value in (
        ("epochs", 0),
        ("batch", 0),
        ("learning_rate", 0.0),
        ("held_out", 1.0),
        ("threads", 0),
    ):
        with pytest.raises(SettingsError, match=setting):
            crowd_learners.create(name, {setting: value})
