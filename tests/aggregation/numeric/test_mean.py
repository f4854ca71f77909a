from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from number_strategies import measuring_crowd
from scipy import stats

from palate.aggregation.numeric import Mean

ANSWERS = pl.DataFrame(
    {"task": [1, 1, 1, 2], "annotator": ["a", "b", "c", "a"], "value": [1.0, 2.0, 6.0, 5.0]}
)


def test_mean_and_errors_by_hand() -> None:
    found = Mean().aggregate(ANSWERS)
    assert found.values["value"].to_list() == [3.0, 5.0]
    assert found.annotators.rows() == [
        ("a", 2, -1.0, pytest.approx(np.sqrt(2))),
        ("b", 1, -1.0, None),
        ("c", 1, 3.0, None),
    ]


def test_interval_of_one_task_is_students() -> None:
    values = [1.0, 2.0, 6.0, 4.5]
    answers = pl.DataFrame({"task": [1] * 4, "annotator": list("abcd"), "value": values})
    found = Mean(confidence=0.9).aggregate(answers).values
    low, high = stats.t.interval(0.9, 3, np.mean(values), stats.sem(values))
    assert found.rows() == [(1, pytest.approx(np.mean(values)), pytest.approx(low), pytest.approx(high))]


def test_a_task_with_one_answer_borrows_the_variance_of_others() -> None:
    found = Mean().aggregate(ANSWERS).values
    variance = (4 + 1 + 9) / 2  # around the mean 3, on two degrees of freedom
    half = stats.t.ppf(0.975, 2) * np.sqrt(variance)
    assert found.rows()[1] == (2, 5.0, pytest.approx(5 - half), pytest.approx(5 + half))


def test_without_two_answers_to_a_task_there_is_no_interval() -> None:
    found = Mean().aggregate(ANSWERS.filter(annotator="a")).values
    assert found.rows() == [(1, 1.0, None, None), (2, 5.0, None, None)]


def test_interval_covers_where_annotators_err_alike() -> None:
    rng = np.random.default_rng(0)
    answers, truth, *_ = measuring_crowd(0, n_tasks=2000, bias=0)
    answers = answers.with_columns(value=np.repeat(truth, 5) + rng.standard_normal(10_000))
    found = Mean().aggregate(answers).values
    covered = np.mean((found["low"].to_numpy() <= truth) & (truth <= found["high"].to_numpy()))
    assert covered == pytest.approx(0.95, abs=0.015)  # three standard errors of 2,000
