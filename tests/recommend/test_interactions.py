from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from interaction_strategies import interaction_tables

from palate.core.errors import InputError, SettingsError
from palate.recommend import ALS, ItemNeighbours, code_interactions
from palate.recommend._interactions import like_counts, liked


def test_codes_number_the_sorted_ids() -> None:
    coded = code_interactions(
        pl.DataFrame({"user": ["b", "a", "b"], "item": [9, 9, 3], "value": [1, 2, 3], "timestamp": [5, 6, 7]})
    )
    assert coded.users.tolist() == [1, 0, 1]
    assert coded.items.tolist() == [1, 1, 0]
    assert coded.values.tolist() == [1.0, 2.0, 3.0]
    assert coded.timestamps.tolist() == [5.0, 6.0, 7.0]
    assert coded.user_ids.to_list() == ["a", "b"]
    assert coded.item_ids.to_list() == [3, 9]


def test_missing_values_are_one_and_missing_times_are_nan() -> None:
    coded = code_interactions(pd.DataFrame({"userId": [1, 1], "movieId": [2, 2]}))
    assert coded.values.tolist() == [1.0, 1.0]
    assert np.isnan(coded.timestamps).all()


def test_column_of_missing_values_is_as_no_column() -> None:
    table = pl.DataFrame({"user": [1], "item": [2], "value": [None], "timestamp": [None]})
    coded = code_interactions(table)
    assert coded.values.tolist() == [1.0]
    assert np.isnan(coded.timestamps).all()


def test_partly_missing_values_are_refused_with_file_and_row(tmp_path: Path) -> None:
    path = tmp_path / "watched.csv"
    path.write_text("user,item,value\na,1,3\na,2,\n")
    with pytest.raises(InputError, match=r"watched\.csv, row 2, column 'value'.*1 have none"):
        code_interactions(path)


@given(table=interaction_tables())
@settings(max_examples=100, deadline=None)
def test_liked_is_at_least_the_exact_mean_of_the_user(table: pl.DataFrame) -> None:
    coded = code_interactions(table)
    values: dict[int, list[Fraction]] = {}
    for user, value in zip(coded.users.tolist(), coded.values.tolist(), strict=True):
        values.setdefault(user, []).append(Fraction(value))
    expected = [
        Fraction(value) >= sum(values[user]) / len(values[user])
        for user, value in zip(coded.users.tolist(), coded.values.tolist(), strict=True)
    ]
    assert liked(coded, "above_user_mean").tolist() == expected


def test_user_with_equal_values_likes_everything() -> None:
    table = pl.DataFrame({"user": [1] * 7, "item": range(7), "value": [0.1] * 7})
    assert liked(code_interactions(table), "above_user_mean").all()


@given(table=interaction_tables())
@settings(max_examples=25, deadline=None)
def test_counts_add_up_repeated_pairs(table: pl.DataFrame) -> None:
    coded = code_interactions(table)
    expected = np.zeros((len(coded.user_ids), len(coded.item_ids)))
    for user, item in zip(coded.users, coded.items, strict=True):
        expected[user, item] += 1
    assert np.array_equal(like_counts(coded, "all").toarray(), expected)


@pytest.mark.parametrize("method", [ALS, ItemNeighbours])
def test_unknown_likes_are_refused(method: type) -> None:
    with pytest.raises(
        SettingsError, match="'likes' must be one of all, above_user_mean, value; it is 'some'"
    ):
        method(likes="some")


@given(table=interaction_tables())
@settings(max_examples=25, deadline=None)
def test_likes_by_value_add_up_the_values_in_any_order(table: pl.DataFrame) -> None:
    coded = code_interactions(table)
    expected = np.zeros((len(coded.user_ids), len(coded.item_ids)))
    np.add.at(expected, (coded.users, coded.items), coded.values.astype(float))
    counts = like_counts(coded, "value")
    np.testing.assert_allclose(counts.toarray(), expected, rtol=1e-12)
    shuffled = like_counts(code_interactions(table.sample(fraction=1.0, shuffle=True, seed=3)), "value")
    assert counts.data.tobytes() == shuffled.data.tobytes()


@pytest.mark.parametrize(
    ("values", "found"), [([1.0, -2.0], "1 are below, such as -2"), ([0.0, 0.0], "none is above")]
)
def test_likes_by_values_that_cannot_be_likes_are_refused(values: list[float], found: str) -> None:
    coded = code_interactions(pl.DataFrame({"user": [1, 2], "item": [1, 2], "value": values}))
    with pytest.raises(InputError, match=f"likes = 'value'.*{found}"):
        like_counts(coded, "value")
