from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interaction_strategies import interaction_tables

from palate.core.errors import InputError, SettingsError
from palate.core.frames import read_table
from palate.core.tables import RUNS
from palate.recommend import (
    ItemNeighbours,
    Popularity,
    _rank,
    code_interactions,
    rank_candidates,
    recommend_top,
)

PAST = pl.DataFrame({"user": [7, 7, 8, 9, 9], "item": ["x", "y", "y", "y", "z"]})


def _popular() -> tuple:
    coded = code_interactions(PAST)
    return Popularity().fit(coded), coded


def test_candidates_go_by_score_then_item() -> None:
    candidates = pl.DataFrame({"user": [8, 8, 8], "item": ["z", "y", "x"]})
    runs = rank_candidates(*_popular(), candidates, "popularity")
    assert runs.rows() == [
        ("popularity", 8, "y", 1, 3.0),
        ("popularity", 8, "x", 2, 1.0),
        ("popularity", 8, "z", 3, 1.0),
    ]
    assert read_table(runs, RUNS).equals(runs)


def test_cutoff_keeps_the_first_ranks() -> None:
    candidates = pl.DataFrame({"query": [8, 8, 7], "item": ["x", "y", "z"]})
    runs = rank_candidates(*_popular(), candidates, "p", cutoff=1)
    assert runs.select("query", "item", "rank").rows() == [(7, "z", 1), (8, "y", 1)]


def test_unknown_items_come_last_with_one_below_the_lowest() -> None:
    candidates = pl.DataFrame({"user": [8, 8, 8, 9], "item": ["b", "a", "x", "new"]})
    runs = rank_candidates(*_popular(), candidates, "p")
    assert runs.select("query", "item", "score").rows() == [
        (8, "x", 1.0),
        (8, "a", 0.0),
        (8, "b", 0.0),
        (9, "new", 0.0),
    ]


def test_unknown_user_is_scored_as_users_are_on_average() -> None:
    candidates = pl.DataFrame({"user": [12345, 12345], "item": ["x", "y"]})
    runs = rank_candidates(*_popular(), candidates, "p")
    assert runs.select("query", "item", "score").rows() == [(12345, "y", 3.0), (12345, "x", 1.0)]


def test_ids_keep_the_type_they_have_in_the_candidates() -> None:
    fitted, coded = _popular()
    as_text = pd.DataFrame({"user": ["7", "nobody"], "item": ["y", "y"]})
    runs = rank_candidates(fitted, coded, as_text, "p")
    assert runs.select("query", "score").rows() == [("7", 3.0), ("nobody", 3.0)]
    whole = rank_candidates(fitted, coded, pl.DataFrame({"user": [7], "item": ["y"]}), "p")
    assert whole["query"].dtype == pl.Int64


def test_repeated_candidate_is_refused() -> None:
    with pytest.raises(InputError, match="one row for each"):
        rank_candidates(*_popular(), pl.DataFrame({"user": [7, 7], "item": ["x", "x"]}), "p")


def test_cutoff_below_one_is_refused() -> None:
    fitted, coded = _popular()
    with pytest.raises(SettingsError, match="'cutoff' must be at least 1; it is 0"):
        recommend_top(fitted, coded, 0)
    with pytest.raises(SettingsError, match="'cutoff' must be at least 1; it is -1"):
        rank_candidates(fitted, coded, PAST, "p", cutoff=-1)


@given(table=interaction_tables(), cutoff=st.integers(1, 10))
@settings(max_examples=50, deadline=None)
def test_top_is_what_sorting_all_unseen_items_gives(table: pl.DataFrame, cutoff: int) -> None:
    coded = code_interactions(table)
    fitted = ItemNeighbours(likes="all").fit(coded)
    seen = set(table.select("user", "item").rows())
    expected = []
    for code, user in enumerate(coded.user_ids):
        scores = fitted.score(code, np.arange(len(coded.item_ids), dtype=np.int32)).tolist()
        unseen = [(-s, i) for s, i in zip(scores, coded.item_ids, strict=True) if (user, i) not in seen]
        expected += [(user, i, rank, -s) for rank, (s, i) in enumerate(sorted(unseen)[:cutoff], 1)]
    runs = recommend_top(fitted, coded, cutoff)
    assert runs.select("query", "item", "rank", "score").rows() == expected


def test_size_of_blocks_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    table = pl.DataFrame({"user": rng.integers(0, 50, 400), "item": rng.integers(0, 30, 400)})
    coded = code_interactions(table)
    fitted = ItemNeighbours().fit(coded)
    whole = recommend_top(fitted, coded, 5)
    monkeypatch.setattr(_rank, "_BLOCK_CELLS", 30 * 7)
    monkeypatch.setattr(_rank, "_BLOCKS_A_THREAD", 1)
    monkeypatch.setattr(_rank, "available_threads", lambda: 1)
    calls: list[tuple[int, int]] = []
    blocks = recommend_top(fitted, coded, 5, progress=lambda done, total: calls.append((done, total)))
    assert whole.equals(blocks)
    assert calls[-1] == (50, 50)
    assert len(calls) == 8


def test_chosen_users_only_and_new_ones_too() -> None:
    runs = recommend_top(*_popular(), 1, pl.Series([999, 8, 8]), system="p")
    assert runs.rows() == [("p", 8, "x", 1, 1.0), ("p", 999, "y", 1, 3.0)]


@pytest.mark.parametrize("users", [pl.Series([], dtype=pl.Int64), pl.Series([7, None])])
def test_no_users_and_missing_users_are_refused(users: pl.Series) -> None:
    with pytest.raises(InputError, match="at least one user"):
        recommend_top(*_popular(), 1, users)


def test_user_who_saw_everything_gets_nothing_unless_seen_ones_may_come() -> None:
    coded = code_interactions(pl.DataFrame({"user": [1, 1, 2], "item": [1, 2, 2]}))
    fitted = Popularity().fit(coded)
    assert recommend_top(fitted, coded, 2)["query"].to_list() == [2]
    assert recommend_top(fitted, coded, 2, skip_seen=False)["query"].to_list() == [1, 1, 2, 2]
