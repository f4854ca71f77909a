from __future__ import annotations

from itertools import permutations, product

import numpy as np
import polars as pl
import pytest
from answer_strategies import answer_tables
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from palate.agreement import BrennanPrediger, CohenKappa, FleissKappa, GwetAC
from palate.core.errors import InputError, SettingsError


def _two_by_two(table: list[list[int]]) -> pl.DataFrame:
    labels = [(i, j) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    rows = [(task, a, label) for task, pair in enumerate(labels) for a, label in enumerate(pair)]
    return pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")


# Gwet, Computing Inter-Rater Reliability and Its Variance in the Presence of High Agreement, 2008, table 1.
HIGH_AGREEMENT = _two_by_two([[118, 5], [2, 0]])


def test_high_agreement_of_2008_stays_high() -> None:
    assert GwetAC().measure(HIGH_AGREEMENT).value == pytest.approx(0.9408, abs=0.00005)
    assert CohenKappa().measure(HIGH_AGREEMENT).value == pytest.approx(-0.0234, abs=0.00005)
    # Scott's pi, which Fleiss' kappa is for two annotators.
    assert FleissKappa().measure(HIGH_AGREEMENT).value == pytest.approx(-0.0288, abs=0.00005)


def _weight(a: int, b: int, farthest: int, weighting: str) -> float:
    if weighting == "none":
        return float(a == b)
    far = abs(a - b) / farthest if farthest else 0.0
    return 1 - (far if weighting == "linear" else far**2)


@settings(max_examples=60, deadline=None)
@given(answers=answer_tables(), weighting=st.sampled_from(["none", "linear", "quadratic"]))
def test_it_is_the_definition(answers: pl.DataFrame, weighting: str) -> None:
    assume(answers["task"].is_duplicated().any())
    labels = sorted(set(answers["label"]))
    farthest = labels[-1] - labels[0]
    weight = {(a, b): _weight(a, b, farthest, weighting) for a, b in product(labels, repeat=2)}
    tasks = [group["label"].to_list() for _, group in answers.group_by("task") if len(group) > 1]
    observed = np.mean([np.mean([weight[pair] for pair in permutations(given, 2)]) for given in tasks])
    shares = [np.mean([given.count(label) / len(given) for given in tasks]) for label in labels]
    q = len(labels)
    found = [
        method(weighting=weighting, resamples=39).measure(answers).value
        for method in (GwetAC, BrennanPrediger)
    ]
    if q == 1:
        assert np.isnan(found).all()
        return
    total = sum(weight.values())
    chance = total / (q * (q - 1)) * sum(share * (1 - share) for share in shares)
    if chance < 1 - 1e-9:
        assert found[0] == pytest.approx((observed - chance) / (1 - chance), abs=1e-9)
    chance = total / q**2
    assert found[1] == pytest.approx((observed - chance) / (1 - chance), abs=1e-9)


def test_grades_that_are_near_agree_more() -> None:
    answers = _two_by_two([[20, 5, 0], [5, 20, 5], [0, 5, 20]])
    values = [GwetAC(weighting=name).measure(answers).value for name in ("none", "linear", "quadratic")]
    assert values == sorted(values)
    assert values[0] < values[1] < values[2]


@pytest.mark.parametrize("method", [GwetAC, BrennanPrediger, CohenKappa])
def test_names_have_no_differences(method) -> None:
    answers = HIGH_AGREEMENT.with_columns(label=pl.format("label {}", "label"))
    method().measure(answers)
    with pytest.raises(InputError, match="The linear weighting needs labels that are numbers"):
        method(weighting="linear").measure(answers)


@pytest.mark.parametrize("method", [GwetAC, BrennanPrediger, CohenKappa])
def test_an_unknown_weighting_is_refused(method) -> None:
    with pytest.raises(SettingsError, match="must be one of none, linear, quadratic; it is 'cubic'"):
        method(weighting="cubic")
