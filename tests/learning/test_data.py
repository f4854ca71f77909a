from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError
from palate.learning._data import feature_rows, learning_data

FEATURES = pl.DataFrame(
    {"query": ["b", "a", "a", "c"], "item": [1, 2, 1, 1], "x": [0.1, None, 0.3, 0.4], "y": [1, 2, 3, 4]}
)
JUDGMENTS = pl.DataFrame({"query": ["a", "b", "z"], "item": [2, 1, 9], "grade": [3.0, 1.0, 2.0]})


def test_rows_are_sorted_and_unjudged_ones_marked() -> None:
    rows = feature_rows(FEATURES, JUDGMENTS)
    assert rows.pairs.rows() == [("a", 1), ("a", 2), ("b", 1), ("c", 1)]
    assert rows.grades.tolist() == [-1, 3, 1, -1]
    assert rows.queries.tolist() == [0, 0, 1, 2]
    assert rows.names == ("x", "y")
    np.testing.assert_array_equal(rows.features, [[0.3, 3], [np.nan, 2], [0.1, 1], [0.4, 4]])


def test_only_chosen_judged_rows_are_learned_from() -> None:
    rows = feature_rows(FEATURES, JUDGMENTS)
    data = learning_data(rows, np.array([True, True, False, True]))
    assert data.grades.tolist() == [3]
    assert data.group_sizes.tolist() == [1]
    assert data.names == ("x", "y")


def test_text_ids_of_judgments_meet_numbers_in_features() -> None:
    features = pl.DataFrame({"query": [1, 1], "item": [5, 6], "x": [0.0, 1.0]})
    judgments = pl.DataFrame({"query": ["1", "q7"], "item": ["6", "6"], "grade": ["2", "1"]})
    assert feature_rows(features, judgments).grades.tolist() == [-1, 2]


@pytest.mark.parametrize("grade", [0.5, -1.0, 1e15])
def test_grade_that_is_no_whole_number_from_zero_is_refused(grade: float) -> None:
    judgments = JUDGMENTS.with_columns(grade=pl.Series([1.0, grade, 2.0]))
    with pytest.raises(InputError, match=f"row 2, column 'grade'.*this one is {re.escape(f'{grade:g}')}"):
        feature_rows(FEATURES, judgments)


def test_judgments_of_other_things_are_refused() -> None:
    with pytest.raises(InputError, match="nothing to learn from"):
        feature_rows(FEATURES, JUDGMENTS.tail(1))


def test_table_without_features_is_refused() -> None:
    with pytest.raises(InputError, match="no features"):
        feature_rows(FEATURES.select("query", "item"))


def test_grade_among_the_features_is_refused() -> None:
    with pytest.raises(InputError, match="cannot be a feature"):
        feature_rows(FEATURES.with_columns(grade=pl.lit(1)))


@pytest.mark.parametrize("value", [float("inf"), "tall"])
def test_feature_that_is_no_finite_number_is_refused(value: object) -> None:
    with pytest.raises(InputError, match=r"column 'x'.*finite number or missing"):
        feature_rows(FEATURES.with_columns(x=pl.lit(value)))
