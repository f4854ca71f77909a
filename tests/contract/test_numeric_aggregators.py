"""What every aggregator of numbers keeps, today's and tomorrow's."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from number_strategies import measuring_crowd, number_tables

from palate.aggregation.numeric import numeric_aggregators
from palate.core.errors import InputError, SettingsError

METHODS = [kind() for kind in numeric_aggregators]
every_method = pytest.mark.parametrize("method", METHODS, ids=numeric_aggregators.name_of)
ANSWERS = pl.DataFrame(
    {"task": [2, 1, 1, 2, 3], "annotator": ["a", "b", "a", "c", "b"], "value": [3.0, 1.5, 2.0, 4.0, -1.0]}
)


def numbers(frame) -> np.ndarray:
    return frame.select(pl.exclude("task", "annotator").cast(pl.Float64)).to_numpy()


@every_method
@settings(max_examples=12, deadline=None)
@given(answers=number_tables())
def test_every_task_has_a_value_in_its_interval(method, answers):
    found = method.aggregate(answers)
    assert found.values.columns == ["task", "value", "low", "high"]
    assert found.values["task"].to_list() == sorted(set(answers["task"]))
    assert found.values["value"].is_finite().all()
    assert found.values["low"].null_count() == found.values["high"].null_count()
    bounded = found.values.drop_nulls()
    assert (bounded["low"] <= bounded["value"] + 1e-12).all()
    assert (bounded["value"] <= bounded["high"] + 1e-12).all()
    assert found.settings is method
    assert found.iterations >= 1


@every_method
@settings(max_examples=12, deadline=None)
@given(answers=number_tables())
def test_every_annotator_is_described(method, answers):
    found = method.aggregate(answers).annotators
    assert found.columns == ["annotator", "answers", "bias", "spread"]
    counts = answers["annotator"].value_counts().sort("annotator")
    assert found.select("annotator", "answers").rows() == counts.rows()
    assert (found["spread"].drop_nulls() >= 0).all()
    assert not found["spread"].is_nan().any()


@every_method
@settings(max_examples=12, deadline=None)
@given(answers=number_tables())
def test_what_is_maximized_never_falls(method, answers):
    found = method.aggregate(answers)
    assert all(later >= earlier - 1e-7 for earlier, later in pairwise(found.log_likelihood))


@every_method
@settings(max_examples=12, deadline=None)
@given(answers=number_tables(), seed=st.integers(0, 100))
def test_the_order_of_rows_and_the_names_of_ids_do_not_matter(method, answers, seed):
    shuffled = answers.sample(fraction=1, shuffle=True, seed=seed)
    first = method.aggregate(answers)
    again = method.aggregate(shuffled)
    assert again.values.equals(first.values)
    assert again.annotators.equals(first.annotators)
    named = answers.with_columns(task=-pl.col("task"))
    turned = method.aggregate(named).values.with_columns(task=-pl.col("task")).sort("task")
    np.testing.assert_allclose(numbers(turned), numbers(first.values), atol=1e-6)


@every_method
@pytest.mark.parametrize(
    ("factor", "shift"), [(1.0, 1000.0), (2.54, 0.0), (-3.0, 7.0), (1e30, 0.0), (1e-30, 0.0)]
)
def test_another_unit_gives_the_same_in_that_unit(method, factor, shift):
    answers = measuring_crowd(4, n_tasks=30)[0]
    known = pl.DataFrame({"task": [3], "value": [51.0]})
    first = method.aggregate(answers, golden=known)
    unit = pl.col("value") * factor + shift
    other = method.aggregate(answers.with_columns(unit), golden=known.with_columns(unit))
    expected = first.values.select(pl.exclude("task") * factor + shift)
    if factor < 0:
        expected = expected.select("value", low="high", high="low")
    atol = 1e-5 * abs(factor)
    np.testing.assert_allclose(numbers(other.values), numbers(expected), rtol=1e-6, atol=atol)
    np.testing.assert_allclose(
        other.annotators["bias"], first.annotators["bias"] * factor, rtol=1e-5, atol=atol
    )
    np.testing.assert_allclose(
        other.annotators["spread"], first.annotators["spread"] * abs(factor), rtol=1e-5
    )


@every_method
def test_golden_tasks_have_their_known_value(method):
    golden = pl.DataFrame({"task": [3, 1], "value": [7.0, 2.0]})
    found = method.aggregate(ANSWERS, golden=golden)
    assert found.values.filter(pl.col("task") != 2).rows() == [(1, 2.0, 2.0, 2.0), (3, 7.0, 7.0, 7.0)]
    assert found.annotators.select("annotator", "golden_answers", "golden_error").rows() == [
        ("a", 1, 0.0),
        ("b", 2, (0.5 + 8) / 2),
        ("c", 0, None),
    ]


@every_method
@pytest.mark.parametrize("kind", [pl.DataFrame, pd.DataFrame, pa.table])
def test_the_same_kind_of_dataframe_comes_out_and_ids_survive(method, kind):
    frame = kind({"task": ["007", "7", "7"], "annotator": [2**62, 5, 2**62], "value": [1, 2, 4]})
    found = method.aggregate(frame)
    assert type(found.values) is type(frame)
    assert type(found.annotators) is type(frame)
    assert pl.DataFrame(found.values)["task"].to_list() == ["007", "7"]
    assert pl.DataFrame(found.annotators)["annotator"].to_list() == [5, 2**62]


@every_method
def test_a_file_is_read_and_other_tools_columns_are_understood(method, tmp_path):
    path = tmp_path / "answers.csv"
    ANSWERS.rename({"annotator": "worker", "value": "rating"}).write_csv(path)
    found = method.aggregate(path).values
    assert found["task"].to_list() == ["1", "2", "3"]
    assert found["value"].to_list() == pytest.approx(method.aggregate(ANSWERS).values["value"].to_list())


@every_method
def test_one_answer_is_its_value(method):
    found = method.aggregate(pl.DataFrame({"task": ["t"], "annotator": ["a"], "value": [3.25]}))
    assert found.values["value"].to_list() == pytest.approx([3.25])


@every_method
def test_agreement_of_all_is_kept(method):
    answers = pl.DataFrame({"task": [1, 1, 2, 2], "annotator": ["a", "b", "a", "b"], "value": [5.0] * 4})
    found = method.aggregate(answers)
    np.testing.assert_allclose(found.values["value"], 5.0)


@every_method
def test_answers_are_left_as_they_were(method):
    before = ANSWERS.clone()
    method.aggregate(ANSWERS)
    assert ANSWERS.equals(before)


@every_method
def test_progress_ends_at_the_last_iteration(method):
    told = []
    found = method.aggregate(ANSWERS, progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == list(range(1, found.iterations + 1))
    assert found.iterations <= told[-1][1]


@every_method
@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ({"value": [1.0, float("nan")]}, "answers, row 2, column 'value': The value is not a finite number"),
        ({"value": [1.0, None]}, "answers, row 2, column 'value': The value is missing"),
        ({"value": ["1", "two"]}, "row 2, column 'value': Expected a number; it is 'two'"),
        ({"value": [1.0, 1e101]}, "row 2, column 'value': The value must be at most"),
        ({"task": [1, 1]}, "row 1: .*row 1: task 1, annotator a; row 2: task 1, annotator a"),
        ({"task": [None, 1]}, "row 1, column 'task': The value is missing"),
    ],
)
def test_answers_that_cannot_be_used_are_refused_and_named(method, rows, says):
    answers = pl.DataFrame({"task": [1, 2], "annotator": ["a", "a"], "value": [1.0, 2.0]} | rows)
    with pytest.raises(InputError, match=says):
        method.aggregate(answers)


@every_method
@pytest.mark.parametrize(
    ("golden", "says"),
    [
        ({"task": [1, 9], "value": [3, 3]}, "golden, row 2, column 'task': Nobody answered .* it is 9"),
        ({"task": ["1"], "value": [3]}, "tasks of golden tasks are text, .* whole numbers"),
        ({"task": [1, 1], "value": [3, 3]}, "rows repeat one"),
        ({"task": [1], "known": [3]}, "need the column 'value'"),
    ],
)
def test_golden_tasks_that_cannot_be_used_are_refused(method, golden, says):
    with pytest.raises(InputError, match=says):
        method.aggregate(ANSWERS, golden=pl.DataFrame(golden))


@pytest.mark.parametrize("kind", list(numeric_aggregators), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("confidence", [0, 1, 95, float("nan")])
def test_confidence_out_of_range_is_refused(kind, confidence):
    with pytest.raises(SettingsError, match="between 0 and 1, such as 0.95"):
        kind(confidence=confidence)


@every_method
def test_more_confidence_makes_a_wider_interval(method):
    answers = measuring_crowd(5, n_tasks=20, overlap=12)[0]
    widths = []
    for confidence in (0.5, 0.9, 0.95):
        found = type(method)(confidence=confidence).aggregate(answers).values
        widths.append((found["high"] - found["low"]).mean())
    assert widths == sorted(widths)
    assert widths[0] < widths[-1]
