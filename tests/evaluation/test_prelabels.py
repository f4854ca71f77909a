"""Pre-labels: who saw them is recorded, and whether they sway is measured by lot."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from scipy.stats import ttest_ind

from palate.core.errors import InputError, SettingsError
from palate.evaluation import prelabel_pull, with_prelabels


def made(n=40):
    shown = [json.dumps({"query": "q", "title": f"t{i}", "text": "It is."}) for i in range(n)]
    tasks = pl.DataFrame({"task": range(n), "shown": shown})
    model = pl.DataFrame(
        {"task": range(n - 4), "annotator": ["m"] * (n - 4), "label": ["good", "bad"] * ((n - 4) // 2)}
    )
    return tasks, model


def test_a_share_of_tasks_shows_the_label_and_which_is_recorded():
    tasks, model = made()
    found = with_prelabels(tasks, model, share=0.5, words={"good": "Good!"})
    assert found["prelabel_shown"].sum() == 18
    assert found["prelabel"].null_count() == 4
    for shown, before, label, seen in zip(
        found["shown"], tasks["shown"], found["prelabel"], found["prelabel_shown"], strict=True
    ):
        word = {"good": "Good!", "bad": "bad"}.get(label, "")
        text = f"It is.\n\nA model suggests: {word}" if seen else "It is."
        assert json.loads(shown) == {**json.loads(before), "text": text}
    assert found.equals(with_prelabels(tasks, model, share=0.5, words={"good": "Good!"}))


def test_hidden_labels_change_nothing_that_people_see():
    tasks, model = made()
    found = with_prelabels(tasks, model, share=0.0)
    assert found["shown"].equals(tasks["shown"])
    assert not found["prelabel_shown"].any()


def answered(found, pull, rng):
    """Two people a task say the model's label with probability 0.5, and more by ``pull`` where it is shown."""
    rows = []
    for task, label, seen in (
        found.drop_nulls("prelabel").select("task", "prelabel", "prelabel_shown").iter_rows()
    ):
        for who in ("a", "b"):
            other = "bad" if label == "good" else "good"
            rows.append((task, who, label if rng.random() < 0.5 + pull * seen else other))
    return pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")


def test_the_interval_is_welchs_over_tasks():
    tasks, model = made(100)
    found = with_prelabels(tasks, model, share=0.5)
    answers = answered(found, 0.4, np.random.default_rng(0))
    pull = prelabel_pull(answers, found)
    joined = answers.join(found, on="task")
    by_task = joined.group_by("task", "prelabel_shown").agg(
        (pl.col("label") == pl.col("prelabel")).mean().alias("x")
    )
    sides = [by_task.filter(pl.col("prelabel_shown") == seen)["x"].to_numpy() for seen in (True, False)]
    wanted = ttest_ind(*sides, equal_var=False).confidence_interval(0.95)
    assert (pull.pull.low, pull.pull.high) == pytest.approx((wanted.low, wanted.high))
    assert pull.tasks == (48, 48)
    assert pull.sentence.startswith("Showing the model's labels sways people")


def test_people_who_are_not_swayed_are_rarely_said_to_be():
    tasks, model = made(100)
    alarms = 0
    for seed in range(60):
        found = with_prelabels(tasks, model, share=0.5, seed=seed)
        pull = prelabel_pull(answered(found, 0.0, np.random.default_rng(seed)), found).pull
        alarms += 0.0 not in pull
    assert alarms <= 9  # 3 of 60 expected; 10 or more have a chance of 0.001


def test_mistakes_are_explained():
    tasks, model = made()
    with pytest.raises(SettingsError, match="from 0 to 1"):
        with_prelabels(tasks, model, share=2)
    with pytest.raises(SettingsError, match="where the label goes"):
        with_prelabels(tasks, model, share=1, suggestion="?")
    with pytest.raises(InputError, match="several answered"):
        with_prelabels(tasks, pl.concat([model, model.with_columns(annotator=pl.lit("n"))]), share=1)
    with pytest.raises(InputError, match="need the column 'shown'"):
        with_prelabels(tasks.select("task"), model, share=1)
    found = with_prelabels(tasks, model, share=0.0)
    with pytest.raises(InputError, match="at least 10 of each"):
        prelabel_pull(answered(found, 0.0, np.random.default_rng(0)), found)
    with pytest.raises(InputError, match="'prelabel' and 'prelabel_shown'"):
        prelabel_pull(answered(found, 0.0, np.random.default_rng(0)), tasks)
