from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from answer_strategies import answer_tables, crowd
from hypothesis import given, settings

from palate.agreement import agreement_by_annotator, agreement_by_task
from palate.core.errors import InputError, SettingsError

ANSWERS = pl.DataFrame(
    {
        "task": ["t1", "t1", "t1", "t2", "t2", "t3"],
        "annotator": ["a", "b", "c", "a", "b", "d"],
        "label": ["x", "x", "y", "x", "y", "x"],
    }
)


def test_tasks_by_hand() -> None:
    found = agreement_by_task(ANSWERS)
    assert found["task"].to_list() == ["t1", "t2", "t3"]
    assert found["answers"].to_list() == [3, 2, 1]
    assert found["agreement"].to_list() == [pytest.approx(1 / 3), 0, None]
    assert found["majority"].to_list() == pytest.approx([2 / 3, 1 / 2, 1])
    assert found["uncertainty"].to_list() == pytest.approx(
        [np.log(3) - 2 / 3 * np.log(2), np.log(2), 0], abs=1e-12
    )


def test_annotators_by_hand() -> None:
    found = agreement_by_annotator(ANSWERS)
    assert found["annotator"].to_list() == ["a", "b", "c", "d"]
    assert found["answers"].to_list() == [2, 2, 1, 1]
    assert found["overlapping"].to_list() == [2, 2, 1, 0]
    assert found["agreement"].to_list() == [pytest.approx(0.25), pytest.approx(0.25), 0, None]
    assert found["low"].to_list() == [0, 0, 0, None]
    assert found["high"].to_list() == [0.5, 0.5, 0, None]


@settings(max_examples=30, deadline=None)
@given(answers=answer_tables())
def test_tasks_agree_as_their_pairs_of_answers(answers: pl.DataFrame) -> None:
    found = agreement_by_task(answers)
    for task, n_answers, agreement in found.select("task", "answers", "agreement").iter_rows():
        labels = answers.filter(pl.col("task") == task)["label"].to_list()
        pairs = [a == b for a, b in combinations(labels, 2)]
        assert n_answers == len(labels)
        assert agreement == (pytest.approx(np.mean(pairs)) if pairs else None)


def test_an_annotators_interval_holds_the_chance_of_agreeing_and_depends_on_no_one_else() -> None:
    answers, _, _ = crowd(2, n_tasks=400)
    found = agreement_by_annotator(answers)
    assert (found["low"] < found["agreement"]).all()
    assert (found["agreement"] < found["high"]).all()
    width = (found["high"] - found["low"]).mean()
    assert 0.04 < width < 0.12  # about 2 * 1.96 * 0.25 / sqrt(222)
    renamed = pl.concat([answers, pl.DataFrame({"task": [-1], "annotator": [-1], "label": [0]})])
    again = agreement_by_annotator(renamed).filter(pl.col("annotator") >= 0)
    assert again.equals(found)


def test_the_callers_kind_of_dataframe_comes_out() -> None:
    assert isinstance(agreement_by_task(ANSWERS.to_pandas()), pd.DataFrame)
    assert isinstance(agreement_by_annotator(ANSWERS.to_pandas()), pd.DataFrame)


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="need the column 'label'"):
        agreement_by_task(ANSWERS.drop("label"))
    with pytest.raises(SettingsError, match="at least 39 resamples"):
        agreement_by_annotator(ANSWERS, resamples=3)
