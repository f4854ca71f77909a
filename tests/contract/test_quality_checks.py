"""What every check of annotators' quality does, today's and tomorrow's."""

from __future__ import annotations

import dataclasses

import pandas as pd
import polars as pl
import pytest
from answer_strategies import answer_tables, crowd
from hypothesis import given, settings

from palate.core.errors import InputError
from palate.quality import quality_checks

every_check = pytest.mark.parametrize("name", quality_checks.names())


def _timed(answers: pl.DataFrame) -> pl.DataFrame:
    return answers.with_columns(submitted_at=pl.col("task").cast(pl.Float64))


@every_check
@settings(max_examples=30, deadline=None)
@given(answers=answer_tables())
def test_any_answers_have_a_finding_and_order_of_rows_does_not_show(name: str, answers: pl.DataFrame) -> None:
    check = quality_checks.create(name)
    found = check.check(_timed(answers))
    again = check.check(_timed(answers).sample(fraction=1, shuffle=True, seed=1))
    assert found.found.equals(again.found)
    assert found.evidence.equals(again.evidence)
    assert found.found["suspect"].dtype == pl.Boolean
    assert set(found.evidence["annotator"]) <= set(found.found.filter("suspect")["annotator"])


@every_check
def test_the_callers_kind_of_dataframe_comes_out_and_stays_as_it_is(name: str) -> None:
    frame = _timed(crowd(1)[0]).to_pandas()
    before = frame.copy(deep=True)
    found = quality_checks.create(name).check(frame)
    assert isinstance(found.found, pd.DataFrame)
    assert isinstance(found.evidence, pd.DataFrame)
    pd.testing.assert_frame_equal(frame, before)
    assert found.settings == quality_checks.create(name)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.found = None


@every_check
@pytest.mark.parametrize(
    ("golden", "says"),
    [
        ({"task": [999], "label": [1]}, "golden, row 1, column 'task': Nobody answered this golden task"),
        ({"task": [1], "label": ["x"]}, "golden, column 'label': .*never match"),
        ({"task": [1]}, "need the column 'label'"),
    ],
)
def test_golden_tasks_that_do_not_fit_are_refused(name: str, golden: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        quality_checks.create(name).check(_timed(crowd(1)[0]), golden=pl.DataFrame(golden))


@every_check
def test_an_annotator_who_answers_twice_is_refused(name: str) -> None:
    answers = pl.DataFrame({"task": [1, 1], "annotator": [1, 1], "label": ["x", "y"], "submitted_at": [1, 2]})
    with pytest.raises(InputError, match="task 1, annotator 1"):
        quality_checks.create(name).check(answers)
