from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import kstwobign

from palate.core.errors import InputError, SettingsError
from palate.quality import Drift


def _histories(*histories: list[bool]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Answers to golden tasks, a second apart, in a mixed order of rows; whether each was right."""
    rows = [
        (1000 * who + time, f"a{who}", int(right), float(time))
        for who, history in enumerate(histories)
        for time, right in enumerate(history)
    ]
    answers = pl.DataFrame(rows, schema=["task", "annotator", "label", "submitted_at"], orient="row")
    return answers.sample(fraction=1, shuffle=True, seed=1), answers.select("task", label=pl.lit(1, pl.Int64))


def test_a_change_by_hand() -> None:
    answers, golden = _histories([True] * 12 + [False] * 12)
    checked = Drift().check(answers, golden=golden)
    row = checked.found.row(0, named=True)
    assert (row["before"], row["after"], row["changed_at"]) == (1, 0, 12)
    statistic = 6 / np.sqrt(24 * 0.25)  # S(12) = 12, and half of S(24) = 12 is 6
    assert row["p_value"] == pytest.approx(kstwobign.sf(statistic))
    assert row["suspect"]
    assert checked.evidence["task"].to_list() == list(range(12, 24))
    assert checked.evidence["submitted_at"].to_list() == list(range(12, 24))
    assert set(checked.evidence["label"]) == {0}
    assert set(checked.evidence["expected"]) == {1}


def test_who_gets_better_has_changed_and_is_not_suspect() -> None:
    answers, golden = _histories([False] * 12 + [True] * 12)
    checked = Drift().check(answers, golden=golden)
    assert checked.found["p_value"].item() < 0.05
    assert not checked.found["suspect"].item()
    assert checked.evidence.is_empty()


def test_steady_annotators_are_seldom_suspected() -> None:
    rng = np.random.default_rng(0)
    answers, golden = _histories(*(rng.random((300, 60)) < 0.8).tolist())
    found = Drift(correction="bh", level=0.05).check(answers, golden=golden).found
    assert found["suspect"].sum() <= 3
    smallest = found["p_value"].min()
    assert 0 < smallest <= 1


def test_many_tests_are_corrected_for() -> None:
    change, steady = [True] * 12 + [False] * 12, [True, False] * 12
    alone, golden = _histories(change)
    among, golden_of_all = _histories(change, steady, steady)
    one = Drift().check(alone, golden=golden).found["p_value"][0]
    three = Drift().check(among, golden=golden_of_all).found["p_value"][0]
    assert three == pytest.approx(3 * one)
    assert Drift(correction="bh").check(among, golden=golden_of_all).found["p_value"][0] == pytest.approx(
        3 * one
    )


def test_always_right_has_not_changed_and_a_short_history_is_not_tested() -> None:
    answers, golden = _histories([True] * 24, [True] * 5)
    found = Drift().check(answers, golden=golden).found
    assert found["p_value"].to_list() == [1, None]
    assert found["changed_at"].to_list() == [None, None]
    assert found["compared"].to_list() == [24, 5]
    assert not found["suspect"].any()


def test_answers_without_a_time_do_not_count() -> None:
    answers, golden = _histories([True] * 30)
    some = answers.with_columns(submitted_at=pl.when(pl.col("task") > 5).then("submitted_at"))
    assert Drift().check(some, golden=golden).found["compared"].item() == 24
    for without in (
        answers.drop("submitted_at"),
        answers.with_columns(submitted_at=pl.lit(None, pl.Float64)),
    ):
        with pytest.raises(InputError, match="answers, column 'submitted_at': Drift needs to know when"):
            Drift().check(without, golden=golden)


@pytest.mark.parametrize("setting", [{"level": 1.0}, {"min_answers": 1}, {"correction": "x"}])
def test_impossible_settings_are_refused(setting: dict) -> None:
    with pytest.raises(SettingsError):
        Drift(**setting)
