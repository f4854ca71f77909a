"""Pairs of items: all, of regular graphs, of neighbours, of Swiss rounds."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interaction_strategies import run_tables

from palate.core.errors import InputError, SettingsError
from palate.sampling import AdjacentRanks, AllPairs, KRegular, Swiss


def _runs(*rankings: list[str], query: object = "q") -> pl.DataFrame:
    rows = [
        (f"s{s}", query, item, rank)
        for s, ranking in enumerate(rankings)
        for rank, item in enumerate(ranking, 1)
    ]
    return pl.DataFrame(rows, schema=["system", "query", "item", "rank"], orient="row")


def _items(n: int) -> list[str]:
    return [f"i{i:03}" for i in range(n)]


def _pairs(tasks: pl.DataFrame) -> set[frozenset[str]]:
    return {frozenset(pair) for pair in tasks.select("left", "right").rows()}


def _groups(pairs: set[frozenset[str]], items: list[str]) -> int:
    """Return in how many connected groups the items are."""
    left, groups = set(items), 0
    while left:
        groups, open_items = groups + 1, {left.pop()}
        while open_items:
            item = open_items.pop()
            near = {other for pair in pairs if item in pair for other in pair} & left
            left -= near
            open_items |= near
    return groups


@given(runs=run_tables(min_systems=2, min_items=2))
@settings(max_examples=40, deadline=None)
def test_all_pairs_are_every_two_items_of_a_query(runs: pl.DataFrame) -> None:
    tasks = AllPairs().sample(runs)
    for query in runs["query"].unique():
        items = set(runs.filter(pl.col("query") == query)["item"])
        assert _pairs(tasks.filter(pl.col("query") == query)) == {
            frozenset(p) for p in combinations(items, 2)
        }
    assert (tasks["inclusion"] == 1).all()


def test_some_of_all_pairs_have_the_share_drawn() -> None:
    tasks = AllPairs(pairs=6, depth=9).sample(_runs(_items(9)), 4)
    assert len(tasks) == 6
    assert tasks["inclusion"].unique().to_list() == [6 / 36]


@pytest.mark.parametrize(("n", "degree"), [(50, 4), (50, 2), (10, 7), (9, 3), (6, 4), (5, 3), (40, 3)])
def test_every_item_of_a_regular_graph_has_its_degree_and_all_are_connected(n: int, degree: int) -> None:
    for seed in range(5):
        tasks = KRegular(degree=degree, depth=n).sample(_runs(_items(n)), seed)
        degrees = Counter([*tasks["left"], *tasks["right"]])
        odd = n * degree % 2
        assert sorted(degrees[item] for item in _items(n)) == [degree] * (n - odd) + [degree + 1] * odd
        assert len(_pairs(tasks)) == len(tasks)
        assert _groups(_pairs(tasks), _items(n)) == 1


def test_few_items_of_a_regular_graph_are_all_paired() -> None:
    assert len(KRegular(degree=4).sample(_runs(_items(5)))) == 10


def test_every_pair_of_a_regular_graph_is_drawn_as_often_as_its_inclusion_says() -> None:
    counts = Counter(
        pair
        for seed in range(300)
        for pair in _pairs(KRegular(degree=3, depth=7).sample(_runs(_items(7)), seed))
    )
    inclusion = KRegular(degree=3, depth=7).sample(_runs(_items(7)))["inclusion"][0]
    assert inclusion == pytest.approx(11 / 21)
    assert len(counts) == 21
    shares = np.array(list(counts.values())) / 300
    assert np.abs(shares - inclusion).max() < 4.5 * np.sqrt(inclusion * (1 - inclusion) / 300)


@given(runs=run_tables(min_systems=1, min_items=2), depth=st.integers(2, 4))
@settings(max_examples=40, deadline=None)
def test_adjacent_ranks_are_the_neighbours_of_every_ranking(runs: pl.DataFrame, depth: int) -> None:
    expected = {
        (query, frozenset(pair))
        for (query, _), part in runs.group_by("query", "system")
        for pair in pairwise(part.sort("rank")["item"].to_list()[:depth])
    }
    tasks = AdjacentRanks(depth=depth).sample(runs)
    assert {(t["query"], frozenset((t["left"], t["right"]))) for t in tasks.to_dicts()} == expected
    assert len(tasks) == len(expected)


def _answers(tasks: pl.DataFrame, worth: dict[str, float]) -> pl.DataFrame:
    better = [("left" if worth[a] > worth[b] else "right") for a, b in tasks.select("left", "right").rows()]
    return tasks.select("query", "left", "right").with_columns(label=pl.Series(better))


@pytest.mark.parametrize("n", [8, 9])
def test_swiss_rounds_pair_everybody_once_and_do_not_repeat(n: int) -> None:
    worth, found = {item: float(i) for i, item in enumerate(_items(n))}, None
    for number in range(4):
        tasks = Swiss(depth=n).next_tasks(_runs(_items(n)), found, number)
        shown = Counter([*tasks["left"], *tasks["right"]])
        assert len(tasks) == n // 2
        assert set(shown.values()) == {1}
        answers = _answers(tasks, worth)
        if found is not None:
            assert not _pairs(answers) & _pairs(found)
        found = answers if found is None else pl.concat([found, answers])
    counts = Counter([*found["left"], *found["right"]])
    assert max(counts.values()) - min(counts.values()) <= 1


def test_swiss_pairs_those_with_as_many_points() -> None:
    found = pl.DataFrame(
        {"left": ["a", "c", "a"], "right": ["b", "d", "b"], "label": ["left", "c", "tie"], "query": ["q"] * 3}
    )
    tasks = Swiss().next_tasks(_runs(["a", "b", "c", "d"]), found, 1)
    assert _pairs(tasks) == {frozenset("ca"), frozenset("bd")}  # c 1 of 1, a 1.5 of 2, b 0.5 of 2, d 0


def test_comparisons_name_their_query_where_there_are_several() -> None:
    runs = pl.concat([_runs(["a", "b"], query="1"), _runs(["a", "b"], query="2")])
    found = pl.DataFrame({"left": ["a"], "right": ["b"], "label": ["left"]})
    with pytest.raises(InputError, match="need the column 'query'"):
        Swiss().next_tasks(runs, found)
    assert len(Swiss().next_tasks(runs, found.with_columns(query=pl.lit("1")))) == 2


def test_label_that_is_none_of_both_is_refused() -> None:
    found = pl.DataFrame({"left": ["a"], "right": ["b"], "label": ["x"]})
    with pytest.raises(InputError, match="must be left, right or tie"):
        Swiss().next_tasks(_runs(["a", "b"]), found)


@pytest.mark.parametrize("sampler", [AllPairs(), KRegular(), AdjacentRanks(), Swiss()])
def test_query_with_one_item_has_nothing_to_compare(sampler: AllPairs) -> None:
    with pytest.raises(InputError, match="No query has two items within the depth"):
        sampler.sample(_runs(["a"]))


def test_rankings_of_one_item_have_no_neighbours() -> None:
    with pytest.raises(InputError, match="no neighbours"):
        AdjacentRanks().sample(_runs(["a"], ["b"]))


def test_degree_that_cannot_connect_is_refused() -> None:
    with pytest.raises(SettingsError, match="'degree' must be at least 2"):
        KRegular(degree=1)
