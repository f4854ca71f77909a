from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interaction_strategies import interaction_tables

from palate.core.errors import InputError, SettingsError
from palate.recommend import split_by_time


@given(table=interaction_tables(), share=st.sampled_from([0.1, 0.3, 0.5, 0.9]))
@settings(max_examples=100, deadline=None)
def test_no_future_is_earlier_than_any_past_of_the_user(table: pl.DataFrame, share: float) -> None:
    parts = split_by_time(table, share)
    last = dict(parts.past.group_by("user").agg(pl.col("timestamp").max()).rows())
    for user, item, time, _ in parts.future.rows():
        assert time >= last[user]
        if time == last[user]:
            same = parts.past.filter((pl.col("user") == user) & (pl.col("timestamp") == time))
            assert item >= same["item"].max()


@given(table=interaction_tables(), percent=st.sampled_from([10, 30, 50, 90]))
@settings(max_examples=100, deadline=None)
def test_parts_hold_every_row_once_and_the_share_of_each_user(table: pl.DataFrame, percent: int) -> None:
    parts = split_by_time(table, percent / 100)
    assert Counter(parts.past.rows()) + Counter(parts.future.rows()) == Counter(table.rows())
    future = Counter(parts.future["user"])
    for user, count in Counter(table["user"]).items():
        assert future[user] == min(count - 1, -(-count * percent // 100))


def test_last_by_time_then_item_is_the_future() -> None:
    table = pl.DataFrame({"user": ["a"] * 4, "item": [1, 4, 3, 2], "timestamp": [9, 5, 5, 1]})
    parts = split_by_time(table, 0.5)
    assert parts.past["item"].to_list() == [3, 2]
    assert parts.future["item"].to_list() == [1, 4]


def test_user_with_one_interaction_stays_in_the_past() -> None:
    parts = split_by_time(pl.DataFrame({"user": [1, 2, 2], "item": [1, 1, 2], "timestamp": [1, 1, 2]}), 0.9)
    assert parts.past["user"].to_list() == [1, 2]
    assert parts.future["user"].to_list() == [2]


def test_whole_share_is_not_rounded_up() -> None:
    for share, expected in ((0.07, 7), (0.55, 55)):
        assert 100 * share > expected  # in binary
        table = pl.DataFrame({"user": [1] * 100, "item": range(100), "timestamp": range(100)})
        assert len(split_by_time(table, share).future) == expected


def test_pandas_comes_back_as_pandas() -> None:
    parts = split_by_time(
        pd.DataFrame({"userId": [1, 1], "movieId": [1, 2], "timestamp": [1, 2], "note": ["a", "b"]})
    )
    assert isinstance(parts.past, pd.DataFrame)
    assert parts.future["note"].tolist() == ["b"]


def test_missing_timestamp_names_file_and_row(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("user,item,timestamp\na,1,5\na,2,\n")
    with pytest.raises(InputError, match=r"log\.csv, row 2, column 'timestamp'.*missing"):
        split_by_time(path)


def test_missing_timestamp_column_is_refused() -> None:
    with pytest.raises(InputError, match=r"needs the column 'timestamp'.*user, item"):
        split_by_time(pl.DataFrame({"user": [1], "item": [1]}))


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1])
def test_share_outside_zero_to_one_is_refused(share: float) -> None:
    with pytest.raises(SettingsError, match="'future_share'"):
        split_by_time(pl.DataFrame({"user": [1], "item": [1], "timestamp": [1]}), share)
