from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from answer_strategies import answer_tables, crowd
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.aggregation.labels import Auto, DawidSkene, MajorityVote, reliability
from palate.aggregation.labels._calibration import (
    error_correlation,
    known_label_score,
    task_temperatures,
    tempered,
)
from palate.aggregation.labels._tables import code_answers
from palate.aggregation.labels._votes import best_labels
from palate.core.errors import InputError, SettingsError


def _calibration_error(found, truth: pl.DataFrame) -> float:
    """The definition, task by task: the decided label's probability beside its chance to be right, in 10 bins."""
    bins: dict[int, list[tuple[float, float]]] = {}
    for row in truth.join(found.probabilities, on="task", suffix=" ").to_dicts():
        row.pop("task")
        label = str(row.pop("label"))
        top = max(row.values())
        best = [name for name, p in row.items() if p >= top - 1e-9]
        bins.setdefault(min(int(top * 10), 9), []).append((top, (label in best) / len(best)))
    total = sum(map(len, bins.values()))
    return sum(abs(sum(p for p, _ in rows) - sum(r for _, r in rows)) for rows in bins.values()) / total


rows_of_probabilities = st.lists(
    st.lists(st.floats(0, 1), min_size=3, max_size=3).filter(lambda row: sum(row) > 0.01),
    min_size=1,
    max_size=8,
)


@settings(max_examples=100)
@given(rows=rows_of_probabilities, temperature=st.floats(0.1, 20))
def test_tempering_never_changes_what_is_best_or_tied(rows: list, temperature: float) -> None:
    posterior = np.array(rows) / np.sum(rows, axis=1, keepdims=True)
    found = tempered(posterior, temperature)
    np.testing.assert_array_equal(best_labels(found), best_labels(posterior))
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-12)


def test_labels_near_a_tie_stay_apart() -> None:
    posterior = np.array([[0.5 + 2e-9, 0.5 - 2e-9], [0.5 + 0.4e-9, 0.5 - 0.4e-9]])
    for temperature in (10.0, 0.1):
        np.testing.assert_array_equal(best_labels(tempered(posterior, temperature)), [[1, 0], [1, 1]])


def test_tempering_is_a_power_and_each_task_may_have_its_own() -> None:
    posterior = np.array([[0.8, 0.2], [0.8, 0.2], [0.64, 0.36]])
    expected = [[2 / 3, 1 / 3], [0.64 / 0.68, 0.04 / 0.68], [0.64, 0.36]]
    np.testing.assert_allclose(tempered(posterior, np.array([2.0, 0.5, 1.0])), expected, rtol=1e-12)


def test_certain_labels_stay_certain() -> None:
    np.testing.assert_array_equal(tempered(np.array([[0.0, 1.0]]), 5.0), [[0.0, 1.0]])


def test_temperature_is_the_design_effect() -> None:
    answers = pl.DataFrame({"task": [1, 2, 2, 2], "annotator": list("aabc"), "label": list("xxyx")})
    np.testing.assert_allclose(task_temperatures(code_answers(answers), 0.3), [1.0, 1.6])


def test_errors_made_together_are_seen() -> None:
    rng = np.random.default_rng(0)
    truth, hard = rng.integers(0, 2, 2000), rng.random(2000) < 0.3
    found = {}
    for name, chance in (("alone", np.full(2000, 0.2)), ("together", np.where(hard, 0.4, 0.114))):
        wrong = rng.random((7, 2000)) < chance
        answers = pl.DataFrame(
            {
                "task": np.tile(np.arange(2000), 7),
                "annotator": np.repeat(np.arange(7), 2000),
                "label": (truth ^ wrong).ravel(),
            }
        )
        coded = code_answers(answers)
        found[name] = error_correlation(coded, np.eye(2)[truth])
    # alone: none to see. together: p varies between 0.4 and 0.114 with mean 0.2, so pairs correlate by
    # var(p) / (0.2 * 0.8) = 0.3 * 0.7 * 0.286**2 / 0.16 = 0.107
    assert found["alone"] == pytest.approx(0.25, abs=0.05)
    assert found["together"] == pytest.approx(0.25 + 5 * 0.107, abs=0.1)


def test_a_known_label_that_was_thought_impossible_costs_a_finite_amount() -> None:
    score = known_label_score(np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([1, 0]))
    assert score == pytest.approx((np.log(0.005) + np.log(0.5)) / 2)


@settings(max_examples=15, deadline=None)
@given(answers=answer_tables())
def test_calibration_changes_no_decision(answers: pl.DataFrame) -> None:
    first, raw = Auto().aggregate(answers), Auto(calibrate=False).aggregate(answers)
    assert first.labels["label"].equals(raw.labels["label"])
    assert first.tie_share == raw.tie_share


def test_golden_tasks_set_the_temperature() -> None:
    # answers given five times over by one mind: 70% right, and every method is all but certain
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, 1000)
    said = truth ^ (rng.random(1000) < 0.3)
    answers = pl.DataFrame(
        {
            "task": np.tile(np.arange(1000), 5),
            "annotator": np.repeat(np.arange(5), 1000),
            "label": np.tile(said, 5),
        }
    )
    golden = pl.DataFrame({"task": range(300), "label": truth[:300]})
    found = Auto(methods=("dawid_skene",)).aggregate(answers, golden=golden)
    rest = pl.DataFrame({"task": range(300, 1000), "label": truth[300:]})
    raw = Auto(methods=("dawid_skene",), calibrate=False).aggregate(answers, golden=golden)
    assert _calibration_error(raw, rest) > 0.2
    assert _calibration_error(found, rest) < 0.1


def test_without_tempering_the_posterior_is_the_methods_own() -> None:
    answers, *_ = crowd(3)
    found = Auto(methods=("majority_vote",)).aggregate(answers)
    assert found.probabilities.equals(MajorityVote().aggregate(answers).probabilities)
    assert found.reason == "majority_vote: the only candidate; shares of votes need no tempering"


TABLE = pl.DataFrame(
    {"task": [1, 1, 1, 2, 2, 3, 4, 4], "annotator": list("abcababc"), "label": [7, 7, 8, 7, 8, 7, 8, 8]}
)


def test_the_table_of_reliability_by_hand() -> None:
    found = reliability(
        MajorityVote().aggregate(TABLE), pl.DataFrame({"task": [4, 3, 2, 1], "label": [8, 8, 7, 7]})
    )
    assert found.rows() == [
        (0.4, 0.5, 1, 0.5, 0.5),  # task 2 is tied: right by half
        (0.6, 0.7, 1, pytest.approx(2 / 3), 1.0),
        (0.9, 1.0, 2, 1.0, 0.5),
    ]
    assert found.columns == ["low", "high", "tasks", "probability", "accuracy"]


def test_reliability_in_one_bin_is_the_mean() -> None:
    truth = pl.DataFrame({"task": [1, 3], "label": [8, 7]})
    assert reliability(MajorityVote().aggregate(TABLE), truth, bins=1).rows() == [
        (0.0, 1.0, 2, pytest.approx(5 / 6), 0.5)
    ]


def test_reliability_comes_as_the_kind_of_dataframe_that_the_truth_is() -> None:
    found = reliability(DawidSkene().aggregate(TABLE), pd.DataFrame({"task": [1], "label": [7]}))
    assert isinstance(found, pd.DataFrame)
    assert found["tasks"].tolist() == [1]


def test_truth_of_other_tasks_is_refused(tmp_path) -> None:
    result = MajorityVote().aggregate(TABLE)
    path = tmp_path / "truth.csv"
    pl.DataFrame({"task": [9], "label": [7]}).write_csv(path)
    with pytest.raises(
        InputError, match=r"truth.csv, column 'task': None of these tasks was judged: .*'9' here and '1'"
    ):
        reliability(result, path)
    with pytest.raises(SettingsError, match="'bins' must be at least 1; it is 0"):
        reliability(result, pl.DataFrame({"task": [1], "label": [7]}), bins=0)
