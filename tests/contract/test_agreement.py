"""What every coefficient of agreement does, today's and tomorrow's."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from answer_strategies import answer_tables, crowd
from hypothesis import assume, given, settings

from palate.agreement import Agreement, AgreementCoefficient, agreement_coefficients
from palate.core.errors import InputError, SettingsError

every_coefficient = pytest.mark.parametrize("name", agreement_coefficients.names())


def _coefficient(name: str, **options: object) -> AgreementCoefficient:
    return agreement_coefficients.create(name, options)


def _numbers(found: Agreement) -> list[float]:
    return [found.value, found.low, found.high]


@every_coefficient
@settings(max_examples=30, deadline=None)
@given(answers=answer_tables())
def test_the_interval_is_about_the_value_and_at_most_one(name: str, answers: pl.DataFrame) -> None:
    assume(answers["task"].is_duplicated().any())
    found = _coefficient(name, resamples=99).measure(answers)
    overlapping = answers.filter(pl.len().over("task") > 1)
    assert found.n_tasks == overlapping["task"].n_unique()
    assert found.n_answers == len(overlapping)
    assert found.confidence == 0.95
    if np.isfinite(_numbers(found)).all():
        assert found.low <= found.high <= 1 + 1e-12
        assert found.value <= 1 + 1e-12


@every_coefficient
@settings(max_examples=30, deadline=None)
@given(answers=answer_tables())
def test_order_of_rows_does_not_show(name: str, answers: pl.DataFrame) -> None:
    assume(answers["task"].is_duplicated().any())
    method = _coefficient(name, resamples=99)
    shuffled = answers.sample(fraction=1, shuffle=True, seed=1)
    np.testing.assert_array_equal(
        _numbers(method.measure(answers, seed=4)), _numbers(method.measure(shuffled, seed=4))
    )


@every_coefficient
def test_names_of_tasks_and_annotators_do_not_matter(name: str) -> None:
    answers, *_ = crowd(1)
    renamed = answers.with_columns(
        task=pl.format("t{}", 100 - pl.col("task")), annotator=pl.format("a{}", 9 - pl.col("annotator"))
    )
    assert _coefficient(name).measure(answers) == _coefficient(name).measure(renamed)


@every_coefficient
def test_names_of_labels_do_not_matter(name: str) -> None:
    answers, *_ = crowd(2)
    renamed = answers.with_columns(label=(pl.col("label") + 1) % 3)
    first, again = (_coefficient(name).measure(table) for table in (answers, renamed))
    assert first.value == pytest.approx(again.value)


@every_coefficient
def test_the_same_seed_gives_the_same_bits_and_another_another_interval(name: str) -> None:
    answers, *_ = crowd(3, n_tasks=157)
    method = _coefficient(name)
    first, again, other = (method.measure(answers, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.value == other.value
    assert (first.low, first.high) != (other.low, other.high)


@every_coefficient
def test_agreeing_throughout_is_one(name: str) -> None:
    answers, truth, _ = crowd(4)
    agreed = answers.with_columns(label=pl.Series(truth).gather(answers["task"]))
    assert _numbers(_coefficient(name).measure(agreed)) == pytest.approx([1, 1, 1])


@every_coefficient
def test_better_crowds_agree_more(name: str) -> None:
    answers, truth, _ = crowd(5, n_tasks=300)
    worse = answers.with_columns(
        label=pl.when(pl.col("task") % 3 == 0).then(pl.col("annotator") % 3).otherwise("label")
    )
    better = answers.with_columns(
        label=pl.when(pl.col("task") % 3 == 0)
        .then(pl.Series(truth).gather(answers["task"]))
        .otherwise("label")
    )
    found = [_coefficient(name).measure(table).value for table in (worse, answers, better)]
    assert found == sorted(found)
    assert found[0] < found[1] < found[2]


@every_coefficient
def test_one_row_of_weights_is_one_value(name: str) -> None:
    from palate.agreement._measure import count_labels

    data, n_alike = count_labels(crowd(6)[0])
    method = _coefficient(name)
    doubled = method.values(data, np.stack([n_alike, 2 * n_alike]))
    assert doubled.shape == (2,)
    assert doubled[0] == pytest.approx(method.measure(crowd(6)[0]).value)


@every_coefficient
@pytest.mark.parametrize("kind", [pl.DataFrame, pd.DataFrame, pa.table])
def test_any_dataframe_gives_the_same(name: str, kind) -> None:
    answers, *_ = crowd(7)
    frame = kind(answers.to_dict(as_series=False))
    assert _coefficient(name).measure(frame) == _coefficient(name).measure(answers)


@every_coefficient
def test_the_table_that_goes_in_stays_as_it_is(name: str) -> None:
    frame = crowd(8)[0].to_pandas()
    before = frame.copy(deep=True)
    _coefficient(name).measure(frame)
    pd.testing.assert_frame_equal(frame, before)


@every_coefficient
@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"task": [], "annotator": [], "label": []}, "answers: The table is empty"),
        ({"task": [1], "annotator": [2]}, "need the column 'label'"),
        ({"task": [1, 1], "annotator": [1, 2], "label": ["x", None]}, "row 2, column 'label': .*missing"),
        (
            {"task": [1, 1, 1], "annotator": [1, 2, 1], "label": list("xyx")},
            "row 1: .*row 3: task 1, annotator 1",
        ),
        ({"task": [1, 2], "annotator": [1, 1], "label": list("xy")}, "No task has answers by two annotators"),
    ],
    ids=["empty", "no label", "null", "twice", "no overlap"],
)
def test_unusable_answers_are_refused(name: str, answers: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        _coefficient(name).measure(pl.DataFrame(answers))


@every_coefficient
def test_the_result_carries_its_settings(name: str) -> None:
    method = _coefficient(name, resamples=199, confidence=0.9)
    found = method.measure(crowd(0)[0])
    assert found.settings == method
    assert found.confidence == 0.9
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.value = 0.0


@every_coefficient
@pytest.mark.parametrize("setting", [{"confidence": 1.0}, {"confidence": 0.0}, {"resamples": 0}])
def test_impossible_intervals_are_refused(name: str, setting: dict) -> None:
    with pytest.raises(SettingsError):
        _coefficient(name, **setting)
