from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interaction_strategies import run_tables

from palate.core.errors import InputError, SettingsError
from palate.sampling import SideBySide


@given(runs=run_tables(min_systems=2), depth=st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_every_two_systems_of_every_query_are_paired_once(runs: pl.DataFrame, depth: int) -> None:
    tasks = SideBySide(depth=depth).sample(runs, 1)
    shown = {
        key: group.sort("rank")["item"].to_list()[:depth] for key, group in runs.group_by("query", "system")
    }
    expected = {
        (query, frozenset(pair))
        for query in runs["query"].unique()
        for pair in combinations([s for q, s in shown if q == query], 2)
    }
    found = [(t["query"], frozenset((t["left"], t["right"]))) for t in tasks.to_dicts()]
    assert len(found) == len(expected)
    assert set(found) == expected
    for task in tasks.to_dicts():
        same = shown[task["query"], task["left"]] == shown[task["query"], task["right"]]
        assert task["identical"] == same


def _many_queries(count: int) -> pl.DataFrame:
    rows = [(system, query, f"i-{system}", 1) for query in range(count) for system in ("a", "b", "c")]
    return pl.DataFrame(rows, schema=["system", "query", "item", "rank"], orient="row")


def test_each_system_stands_left_about_half_of_the_time() -> None:
    tasks = SideBySide().sample(_many_queries(1000), 3)
    for first, second in combinations("abc", 2):
        left = len(tasks.filter((pl.col("left") == first) & (pl.col("right") == second)))
        assert abs(left - 500) < 4 * np.sqrt(250)


def test_horvitz_thompson_win_rate_is_unbiased() -> None:
    runs = _many_queries(15)
    wins = {query: float(query % 3 == 0) + 0.1 * query for query in range(15)}
    totals = []
    for seed in range(400):
        tasks = SideBySide(pairs=11).sample(runs, seed)
        totals.append(sum(wins[t["query"]] / t["inclusion"] for t in tasks.to_dicts()))
    error = np.std(totals, ddof=1) / np.sqrt(len(totals))
    assert error > 0
    assert abs(np.mean(totals) - 3 * sum(wins.values())) < 3 * error


def test_drawing_fewer_pairs_turns_none_around() -> None:
    runs = _many_queries(30)
    every = SideBySide().sample(runs, 8).select("query", "left", "right").rows()
    some = SideBySide(pairs=20).sample(runs, 8)
    assert len(some) == 20
    assert some["inclusion"].unique().to_list() == [20 / 90]
    assert set(some.select("query", "left", "right").rows()) < set(every)


def test_query_with_one_system_gives_no_pair() -> None:
    runs = pl.DataFrame({"system": ["a", "b", "a"], "query": [1, 1, 2], "item": [5, 6, 5], "rank": [1, 1, 1]})
    assert SideBySide(pairs=50).sample(runs)["query"].to_list() == [1]


def test_no_pair_at_all_is_refused() -> None:
    runs = pl.DataFrame({"system": ["a", "b"], "query": [1, 2], "item": [5, 6], "rank": [1, 1]})
    with pytest.raises(InputError, match=r"nothing to compare side by side\. Systems here: 2, queries: 2"):
        SideBySide().sample(runs)


@pytest.mark.parametrize("name", ["pairs", "depth"])
def test_setting_below_one_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=f"'{name}' must be at least 1; it is 0"):
        SideBySide(**{name: 0})
