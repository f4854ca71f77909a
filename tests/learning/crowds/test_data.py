"""Features and answers as they come, and what is wrong with some."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, SettingsError
from palate.learning.crowds import CROWDLAB, TaskFeatures, crowd_accuracy
from palate.learning.crowds._data import crowd_data, feature_values

FEATURES = pl.DataFrame({"task": [3, 1, 2], "x": [0.3, 0.1, 0.2], "y": [30, 10, 20]})
ANSWERS = pl.DataFrame(
    {"task": [2, 1, 2, 1], "annotator": ["v", "v", "u", "u"], "label": ["no", "yes", "yes", "yes"]}
)


def test_tasks_and_answers_are_sorted_and_tasks_without_answers_stay() -> None:
    data = crowd_data(FEATURES, ANSWERS)
    assert data.task_ids.to_list() == [1, 2, 3]
    assert data.values.tolist() == [[0.1, 10], [0.2, 20], [0.3, 30]]
    assert data.offsets.tolist() == [0, 2, 4, 4]
    assert data.annotators.tolist() == [0, 1, 0, 1]
    assert data.labels.tolist() == [1, 1, 1, 0]
    assert data.answered.tolist() == [0, 1]
    assert data.vote_shares.tolist() == [[0, 1], [0.5, 0.5], [0, 0]]


def test_files_and_ids_as_text_meet() -> None:
    data = crowd_data(FEATURES.cast({"task": pl.String}), ANSWERS)
    assert data.task_ids.to_list() == ["1", "2", "3"]
    assert data.offsets.tolist() == [0, 2, 4, 4]


@pytest.mark.parametrize(
    ("how", "given"), [("first", ["no", "yes"]), ("last", ["yes", "yes"]), ("all", ["no", "yes", "yes"])]
)
def test_repeated_answers_count_as_said(how: str, given: list[str]) -> None:
    answers = pl.DataFrame(
        {"task": [1, 2, 1, 2], "annotator": ["u", "u", "u", "w"], "label": ["no", "yes", "yes", "no"]}
    )
    data = crowd_data(FEATURES, answers, how)
    assert data.label_values.gather(data.labels[data.annotators == 0]).to_list() == given


def test_policy_that_is_none_is_refused() -> None:
    with pytest.raises(SettingsError, match="error, first, last, all"):
        crowd_data(FEATURES, ANSWERS, "some")


@pytest.mark.parametrize(
    ("features", "match"),
    [
        (FEATURES.with_columns(x=pl.lit("a")), r"row 1, column 'x': Expected a number"),
        (FEATURES.with_columns(x=pl.lit(None, dtype=pl.Float64)), "The feature is missing"),
        (FEATURES.with_columns(x=pl.lit(float("inf"))), "not a finite number"),
        (FEATURES.select("task"), "a column of numbers"),
        (FEATURES.rename({"task": "thing"}), "task"),
        (pl.concat([FEATURES, FEATURES[:1]]), "repeat"),
        (TaskFeatures([1, 2], np.zeros((3, 2))), r"shape \(2, …\)"),
        (TaskFeatures([1, 2], np.zeros(2)), r"shape \(2, …\)"),
        (TaskFeatures([1, 2], np.array([["a"], ["b"]])), r"shape \(2, …\)"),
        (TaskFeatures([1, 2], np.array([[0.0], [np.nan]])), "row 2: Task 2 has a feature"),
        (TaskFeatures([1, 1], np.zeros((2, 1))), "repeat"),
    ],
)
def test_features_that_are_none_are_refused(features: object, match: str) -> None:
    with pytest.raises(InputError, match=match):
        crowd_data(features, ANSWERS)


def test_features_are_found_by_name() -> None:
    _, values, names = feature_values(FEATURES.select("y", "task", "x"), ("x", "y"))
    assert names == ("x", "y")
    assert values[0].tolist() == [0.3, 30]
    with pytest.raises(InputError, match="the feature 'x', which it was learned with"):
        feature_values(FEATURES.drop("x"), ("x", "y"))
    with pytest.raises(InputError, match="2 named features"):
        feature_values(TaskFeatures([1], np.zeros((1, 2))), ("x", "y"))


def test_accuracy_counts_answered_tasks_and_others_apart() -> None:
    foretold = pl.DataFrame({"task": [1, 2, 3, 4], "no": [0.1, 0.6, 0.9, 0.9], "yes": [0.9, 0.4, 0.1, 0.1]})
    found = CROWDLAB().judge(ANSWERS, foretold)
    truth = pl.DataFrame({"task": [1, 2, 3, 4], "label": ["yes", "yes", "no", "maybe"]})
    rows = [(a.tasks, a.by, a.right, a.of) for a in crowd_accuracy(found, truth)]
    judged = 1 + (found.judgments["label"][1] == "yes")
    assert rows == [
        ("without answers", "features", 1, 2),
        ("answered", "features", 1, 2),
        ("answered", "features and answers", judged, 2),
    ]
    # Wilson's interval of 1 of 2 at 95%: the middle is 1/2, half its width is z / (n + z^2) sqrt(n / 4 + z^2 / 4).
    z = 1.959963985
    half = z / (2 + z**2) * np.sqrt(2 / 4 + z**2 / 4)
    first = crowd_accuracy(found, truth)[0]
    assert (first.low, first.high) == pytest.approx((0.5 - half, 0.5 + half))
    with pytest.raises(InputError, match="has no features"):
        crowd_accuracy(found, pl.DataFrame({"task": [9], "label": ["yes"]}))
    with pytest.raises(SettingsError, match="confidence"):
        crowd_accuracy(found, truth, 1.0)
