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
from palate.recommend import (
    check_split,
    leave_one_out,
    split_at_time,
    split_by_time,
    split_interactions,
)


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


@given(table=interaction_tables())
@settings(max_examples=50, deadline=None)
def test_leaving_one_out_takes_the_last_of_each_user(table: pl.DataFrame) -> None:
    parts = leave_one_out(table)
    assert Counter(parts.past.rows()) + Counter(parts.future.rows()) == Counter(table.rows())
    last = {user: max((t, i) for u, i, t, _ in table.rows() if u == user) for user in table["user"]}
    counts = Counter(table["user"])
    expected = {user: pair for user, pair in last.items() if counts[user] > 1}
    assert {user: (time, item) for user, item, time, _ in parts.future.rows()} == expected


@given(table=interaction_tables(), percent=st.sampled_from([10, 20, 50, 90]))
@settings(max_examples=100, deadline=None)
def test_at_one_moment_past_ends_and_future_begins_for_everybody(table: pl.DataFrame, percent: int) -> None:
    times = sorted(table["timestamp"])
    if times[0] == times[-1]:
        with pytest.raises(InputError, match="Every interaction would be in one part"):
            split_at_time(table, percent / 100)
        return
    parts = split_at_time(table, percent / 100)
    past, future = sorted(parts.past["timestamp"]), sorted(parts.future["timestamp"])
    assert past + future == times
    assert past[-1] < future[0]
    # The latest such moment: from the next one on there would be too few, or this is the first there can be.
    wanted = -(-len(times) * percent // 100)
    later = sum(time > future[0] for time in times)
    assert later < wanted
    assert len(future) >= wanted or future[0] == min(time for time in times if time > times[0])


def test_given_moment_is_the_first_of_the_future() -> None:
    table = pl.DataFrame({"user": [1, 2, 3, 4], "item": [1, 1, 1, 1], "timestamp": [10, 20, 20, 30]})
    assert split_at_time(table, at=20).past["user"].to_list() == [1]
    with pytest.raises(InputError, match=r"from 10 to 30.*would begin at 10\."):
        split_at_time(table, at=10)


def test_interactions_of_one_moment_cannot_be_split() -> None:
    with pytest.raises(InputError, match="Every interaction would be in one part"):
        split_at_time(pl.DataFrame({"user": [1, 2], "item": [1, 2], "timestamp": [5, 5]}))


@given(table=interaction_tables())
@settings(max_examples=50, deadline=None)
def test_no_split_leaks_a_users_own_future_unless_times_are_equal(table: pl.DataFrame) -> None:
    splits = [split_by_time(table), leave_one_out(table)]
    if table["timestamp"].n_unique() > 1:
        splits.append(split_at_time(table))
        assert check_split(splits[-1].past, splits[-1].future).before_past == 0
    for parts in splits:
        if parts.future.is_empty():
            continue
        assert check_split(parts.past, parts.future).before_own_past == 0


def test_check_counts_what_is_known_too_early_and_what_is_new() -> None:
    past = pl.DataFrame({"user": [1, 1, 2, 3], "item": ["a", "b", "a", "c"], "timestamp": [1, 5, 9, 4]})
    future = pl.DataFrame(
        {
            "user": [1, 1, 2, 4, 4, 3],
            "item": ["c", "b", "d", "a", "e", "c"],
            "timestamp": [4, 6, 9, 10, 11, 4],
        }
    )
    found = check_split(past, future)
    assert found.to_dict() == {
        "past": 4,
        "future": 6,
        "before_own_past": 1,  # user 1 met c at 4, before b at 5
        "before_past": 2,  # at 6 and at 4; user 2 met a at 9
        "repeated": 2,  # 1 and b, 3 and c
        "in_both": 1,  # 3 and c at 4
        "new_users": 1,
        "new_items": 2,
        "of_new_users": 2,
        "with_new_items": 2,
        "leaks": True,
    }
    assert found.sentences[0] == "1 of 6 future interactions are also in the past: remove them there."
    assert len(found.sentences) == 6


def test_fair_split_has_nothing_to_say() -> None:
    past = pl.DataFrame({"user": [1, 2], "item": [1, 2], "timestamp": [1, 2]})
    found = check_split(
        past, past.with_columns(item=pl.col("item").reverse(), timestamp=pl.col("timestamp") + 9)
    )
    assert not found.leaks
    assert found.sentences == ("Nothing of the future is in the past, and all of its users and items are.",)


def test_ids_of_other_types_cannot_be_compared() -> None:
    past = pl.DataFrame({"user": [1], "item": ["07"], "timestamp": [1]})
    with pytest.raises(InputError, match="items of the past are of type String, those of the future Int64"):
        check_split(past, past.with_columns(item=pl.Series([7])))


def test_checking_without_times_is_refused() -> None:
    with pytest.raises(InputError, match=r"past: .*needs the time of every interaction"):
        check_split(pl.DataFrame({"user": [1], "item": [1]}), pl.DataFrame({"user": [1], "item": [1]}))


@pytest.mark.parametrize("kind", ["global", "per_user", "leave_one_out"])
def test_splits_by_name_are_the_splits(kind: str) -> None:
    table = pl.DataFrame({"user": [1, 1, 1, 2, 2], "item": [1, 2, 3, 1, 2], "timestamp": [1, 2, 3, 4, 5]})
    plain = {
        "global": lambda: split_at_time(table, 0.4),
        "per_user": lambda: split_by_time(table, 0.4),
        "leave_one_out": lambda: leave_one_out(table),
    }[kind]()
    found = split_interactions(table, kind, 0.4)
    assert found.past.equals(plain.past)
    assert found.future.equals(plain.future)


def test_split_of_no_such_name_is_refused() -> None:
    with pytest.raises(SettingsError, match="one of global, per_user, leave_one_out; it is 'weekly'"):
        split_interactions(pl.DataFrame({"user": [1], "item": [1], "timestamp": [1]}), "weekly")
