from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from number_strategies import measuring_crowd, number_tables
from scipy import stats

from palate.aggregation.numeric import Mean, Median, NumericCATD
from palate.core.errors import SettingsError


def plain_catd(answers: pl.DataFrame, rounds: int, prior: float) -> dict[int, float]:
    """The yardstick: dictionaries, one answer at a time."""
    rows = answers.rows()
    given_to = {t: [x for task, _, x in rows if task == t] for t, _, _ in rows}
    squares = sum(sum((x - np.mean(xs)) ** 2 for x in xs) for xs in given_to.values())
    freedom = len(rows) - len(given_to)
    usual = squares / freedom if freedom and squares > 0 else 1.0
    value = {t: float(np.median(xs)) for t, xs in given_to.items()}
    for _ in range(rounds):
        weight = {}
        for a in {a for _, a, _ in rows}:
            own = [(x - value[t]) ** 2 for t, annotator, x in rows if annotator == a]
            weight[a] = stats.chi2.ppf(0.025, len(own)) / (sum(own) + prior * usual)
        for t in value:
            parts = [(weight[a], x) for task, a, x in rows if task == t]
            value[t] = sum(w * x for w, x in parts) / sum(w for w, _ in parts)
    return value


@settings(max_examples=40, deadline=None)
@given(answers=number_tables(), rounds=st.integers(1, 4), prior=st.sampled_from([0.1, 0.5]))
def test_fast_version_equals_the_plain_one(answers: pl.DataFrame, rounds: int, prior: float) -> None:
    found = NumericCATD(max_iter=rounds, prior_errors=prior, tolerance=0).aggregate(answers)
    expected = plain_catd(answers, found.iterations, prior)
    np.testing.assert_allclose(found.values["value"], [expected[t] for t in found.values["task"]], atol=1e-9)


def test_it_is_nearer_to_the_truth_than_mean_and_median() -> None:
    errors = {}
    for method in (NumericCATD(), Mean(), Median()):
        tables = [measuring_crowd(seed, bias=0.0) for seed in range(10)]
        found = [
            method.aggregate(answers).values["value"].to_numpy() - truth for answers, truth, *_ in tables
        ]
        errors[type(method)] = np.sqrt(np.mean(np.square(found)))
    assert errors[NumericCATD] < 0.8 * errors[Mean]
    assert errors[NumericCATD] < 0.8 * errors[Median]


def test_whoever_answered_once_cannot_outweigh_whoever_answered_often() -> None:
    often = [(t, a, float(t)) for t in range(40) for a in ("a", "b")]
    last = [(100, "a", 0.0), (100, "new 1", 9.0), (100, "new 2", 9.0)]
    answers = pl.DataFrame(often + last, schema=["task", "annotator", "value"], orient="row")
    assert Median().aggregate(answers).values.filter(task=100)["value"].item() == 9.0
    assert NumericCATD().aggregate(answers).values.filter(task=100)["value"].item() < 1.0


def test_intervals_cover_the_truth() -> None:
    covered = []
    for seed in range(10):
        answers, truth, *_ = measuring_crowd(seed, bias=0.0)
        found = NumericCATD().aggregate(answers).values
        covered.append((found["low"].to_numpy() <= truth) & (truth <= found["high"].to_numpy()))
    assert 0.92 < np.mean(covered) < 0.99


@pytest.mark.parametrize(
    "setting",
    [{"significance": 1.0}, {"prior_errors": 0.0}, {"max_iter": 0}, {"tolerance": float("inf")}],
)
def test_impossible_settings_are_refused(setting: dict) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        NumericCATD(**setting)
