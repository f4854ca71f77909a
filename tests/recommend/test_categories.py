from __future__ import annotations

import subprocess
import sys

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError
from palate.recommend._categories import categories_of_ids, feature_categories, hashed_rows

IDS = pl.Series(["a", "b", "c", "d"])


def test_frequent_ids_have_rows_of_their_own_and_others_share_hashed_ones() -> None:
    column = categories_of_ids(IDS, np.array([5, 0, 2, 1]), least=2, buckets=3)
    rows = column.rows[:, 0]
    assert column.n_rows == 1 + 3 + 2
    assert sorted(rows[[0, 2]].tolist()) == [4, 5]
    assert set(rows[[1, 3]].tolist()) <= {1, 2, 3}


def test_hash_is_that_of_every_process_and_differs_by_column() -> None:
    values = pl.Series([f"v{n}" for n in range(200)])
    code = (
        "import polars as pl; from palate.recommend._categories import hashed_rows;"
        "print(hashed_rows(pl.Series([f'v{n}' for n in range(200)]), 'city', 40).tolist())"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    rows = hashed_rows(values, "city", 40)
    assert str(rows.tolist()) == other.strip()
    assert rows.tolist() != hashed_rows(values, "country", 40).tolist()
    assert len(set(rows.tolist())) > 35  # all 40 would be hit but for about e^-5 of them


def test_lists_are_several_values_and_missing_ones_are_none_and_noted() -> None:
    table = pl.DataFrame({"item": ["a", "c", "z", "d"], "genre": [["x", "y"], ["y"], ["x"], None]})
    (column,), notes = feature_categories("item", IDS, table, least=1, buckets=2)
    x, y = sorted(column.rows[0].tolist())
    assert {x, y} == {3, 4}
    assert column.rows[1].tolist() == column.rows[3].tolist() == [0, 0]
    assert column.rows[2].tolist() == [y, 0]
    assert notes == [
        "1 of the items with features are in no interaction and left out.",
        "2 of 4 items have no 'genre'; nothing is added for them.",
    ]


def test_fractions_are_cut_into_bins_of_equal_size_and_nan_is_no_value() -> None:
    ids = pl.Series(range(101))
    numbers = [float(n) ** 3 for n in range(100)] + [float("nan")]
    (column,), _ = feature_categories("user", ids, pl.DataFrame({"user": ids, "age": numbers}), 1, 1)
    rows = column.rows[:, 0]
    assert rows[100] == 0
    assert np.unique(rows[:100], return_counts=True)[1].tolist() == [10] * 10
    assert len(set(rows[:10].tolist())) == 1


def test_whole_numbers_and_truth_values_are_categories() -> None:
    table = pl.DataFrame({"item": IDS, "year": [1999, 2000, 1999, None], "new": [True, False, True, True]})
    (year, new), _ = feature_categories("item", IDS, table, 1, 1)
    assert year.rows[0, 0] == year.rows[2, 0] != year.rows[1, 0]
    assert year.rows[3, 0] == 0
    assert new.rows[0, 0] == new.rows[3, 0] != new.rows[1, 0]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pl.DataFrame({"item": ["a", "a"], "g": ["x", "y"]}), "a"),
        (pl.DataFrame({"item": ["a"]}), "no features"),
        (pl.DataFrame({"item": ["q"], "g": ["x"]}), "None of the items"),
        (pl.DataFrame({"item": ["a"], "g": [{"x": 1}]}), "column 'g': A feature must be"),
        (pl.DataFrame({"thing": ["a"], "g": ["x"]}), "item"),
    ],
)
def test_table_that_cannot_be_used_is_refused(table: pl.DataFrame, message: str) -> None:
    with pytest.raises(InputError, match=message):
        feature_categories("item", IDS, table, 1, 1)


def test_column_without_any_value_adds_nothing() -> None:
    table = pl.DataFrame({"item": IDS, "g": [None] * 4})
    (column,), notes = feature_categories("item", IDS, table, 1, 2)
    assert column.rows.tolist() == [[0]] * 4
    assert "4 of 4 items" in notes[0]
