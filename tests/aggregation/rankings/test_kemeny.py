from __future__ import annotations

from itertools import permutations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranked_strategies import ranked_tables, rows_of

from palate.aggregation.rankings import Kemeny
from palate.aggregation.rankings._kemeny_order import kemeny_order
from palate.core.errors import InputError, SettingsError

COUNTS = st.integers(1, 6).flatmap(
    lambda n: st.lists(st.lists(st.integers(0, 4), min_size=n, max_size=n), min_size=n, max_size=n)
)


def _distance(preferences: np.ndarray, order: tuple[int, ...]) -> float:
    return sum(preferences[b, a] for place, a in enumerate(order) for b in order[place + 1 :])


@settings(max_examples=100, deadline=None)
@given(counts=COUNTS)
def test_no_order_reverses_fewer(counts: list[list[int]]) -> None:
    preferences = np.array(counts, dtype=float)
    np.fill_diagonal(preferences, 0)
    order, distance = kemeny_order(preferences, 14)
    assert sorted(order.tolist()) == list(range(len(counts)))
    assert distance == _distance(preferences, tuple(order))
    assert distance == min(_distance(preferences, other) for other in permutations(range(len(counts))))


@settings(max_examples=25, deadline=None)
@given(rankings=ranked_tables(ties=True))
def test_result_reverses_as_few_as_it_says(rankings: pl.DataFrame) -> None:
    found = Kemeny().aggregate(rankings)
    reversed_ = dict.fromkeys(found.tasks["task"], 0)
    place = {(r["task"], r["item"]): r["rank"] for r in found.rankings.to_dicts()}
    for a in rankings.to_dicts():
        for b in rankings.to_dicts():
            if (a["task"], a["annotator"]) == (b["task"], b["annotator"]) and a["rank"] < b["rank"]:
                reversed_[a["task"]] += place[a["task"], a["item"]] > place[b["task"], b["item"]]
    assert dict(found.tasks.select("task", "distance").iter_rows()) == reversed_


def test_the_capital_of_tennessee() -> None:
    # The textbook's example of Kemeny's rule: 393 of 600 preferences kept.
    votes = {"MNCK": 42, "NCKM": 26, "CKNM": 15, "KCNM": 17}
    rankings, annotator = [], 0
    for order, times in votes.items():
        for _ in range(times):
            annotator += 1
            rankings.append(("capital", annotator, [(city, rank) for rank, city in enumerate(order, 1)]))
    found = Kemeny().aggregate(rows_of(rankings))
    assert "".join(found.rankings["item"]) == "NCKM"
    assert found.rankings["score"].to_list() == [3, 2, 1, 0]
    assert found.tasks["distance"].to_list() == [600 - 393]


def _circle(n_items: int) -> np.ndarray:
    """Return preferences in which each beats the next, and the last the first."""
    preferences = np.zeros((n_items, n_items))
    preferences[np.arange(n_items), (np.arange(n_items) + 1) % n_items] = np.arange(1, n_items + 1)
    return preferences


def test_a_circle_is_cut_where_it_is_weakest() -> None:
    order, distance = kemeny_order(_circle(12), 12)
    assert order.tolist() == [*range(1, 12), 0]
    assert distance == 1


def test_a_circle_beyond_the_limit_is_refused() -> None:
    with pytest.raises(
        InputError, match="13 items of one ranking beat each other in circles.*the most is 12"
    ):
        kemeny_order(_circle(13), 12)


def test_hundreds_of_items_need_no_search_where_majorities_are_consistent() -> None:
    n_items = 300
    preferences = np.triu(np.random.default_rng(0).integers(0, 9, (n_items, n_items)).astype(float), 1)
    hidden = np.random.default_rng(1).permutation(n_items)
    found, distance = kemeny_order(preferences[np.ix_(hidden, hidden)], 14)
    assert distance == 0
    placed = preferences[np.ix_(hidden[found], hidden[found])]
    assert np.tril(placed).sum() == 0


@pytest.mark.parametrize("largest", [0, 19])
def test_impossible_settings_are_refused(largest: int) -> None:
    with pytest.raises(SettingsError, match="'largest' must be between 1 and 18"):
        Kemeny(largest=largest)
