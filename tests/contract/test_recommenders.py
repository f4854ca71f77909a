"""What every recommender does, today's and tomorrow's."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interaction_strategies import interaction_tables, items_of
from recommender_extras import recommender_names
from scipy import sparse

from palate.core.errors import PalateError
from palate.recommend import Recommender, code_interactions, rank_candidates, recommend_top, recommenders

EXPLAINED = {"content", "ease", "item_neighbours", "user_neighbours"}
every_recommender = pytest.mark.parametrize("name", recommender_names())


def _all_scores(recommender: Recommender, table: pl.DataFrame, seed: int = 0) -> np.ndarray:
    coded = code_interactions(table, items_of(table))
    users = np.arange(len(coded.user_ids), dtype=np.int32)
    items = np.arange(len(coded.item_ids), dtype=np.int32)
    return recommender.fit(coded, seed).score_many(users, items)


@every_recommender
@given(table=interaction_tables())
@settings(max_examples=25, deadline=None)
def test_scores_are_finite_and_repeat(name: str, table: pl.DataFrame) -> None:
    recommender = recommenders.create(name)
    first, second = _all_scores(recommender, table, 3), _all_scores(recommender, table, 3)
    assert first.shape == (table["user"].n_unique(), table["item"].n_unique())
    assert np.isfinite(first).all()
    assert first.tobytes() == second.tobytes()


@every_recommender
@given(table=interaction_tables())
@settings(max_examples=25, deadline=None)
def test_order_of_rows_does_not_matter(name: str, table: pl.DataFrame) -> None:
    recommender = recommenders.create(name)
    shuffled = table.sample(fraction=1.0, shuffle=True, seed=1)
    assert _all_scores(recommender, table).tobytes() == _all_scores(recommender, shuffled).tobytes()


@every_recommender
@given(table=interaction_tables())
@settings(max_examples=25, deadline=None)
def test_one_user_scores_alike_alone_and_among_others(name: str, table: pl.DataFrame) -> None:
    coded = code_interactions(table, items_of(table))
    fitted = recommenders.create(name).fit(coded)
    items = np.arange(len(coded.item_ids), dtype=np.int32)
    users = np.arange(-1, len(coded.user_ids), dtype=np.int32)
    many = fitted.score_many(users, items)
    for row, user in enumerate(users):
        assert fitted.score(int(user), items).tobytes() == many[row].tobytes()
        assert fitted.score(int(user), items[::-2]).tolist() == many[row, ::-2].tolist()


@every_recommender
@given(table=interaction_tables())
@settings(max_examples=25, deadline=None)
def test_unknown_user_scores_as_users_do_on_average(name: str, table: pl.DataFrame) -> None:
    coded = code_interactions(table, items_of(table))
    fitted = recommenders.create(name).fit(coded)
    items = np.arange(len(coded.item_ids), dtype=np.int32)
    known = fitted.score_many(np.arange(len(coded.user_ids), dtype=np.int32), items)
    np.testing.assert_allclose(fitted.score(-1, items), known.mean(axis=0), rtol=1e-6, atol=1e-6)


@every_recommender
@given(table=interaction_tables())
@settings(max_examples=25, deadline=None)
def test_top_of_all_items_agrees_with_ranked_candidates(name: str, table: pl.DataFrame) -> None:
    coded = code_interactions(table, items_of(table))
    fitted = recommenders.create(name).fit(coded)
    top = recommend_top(fitted, coded, 3, skip_seen=False, system=name)
    every = pl.DataFrame({"user": coded.user_ids}).join(pl.DataFrame({"item": coded.item_ids}), how="cross")
    assert top.equals(rank_candidates(fitted, coded, every, name, cutoff=3))


@every_recommender
@given(table=interaction_tables(), hidden=st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_top_is_what_sorting_all_scores_gives_to_the_last_bit(
    name: str, table: pl.DataFrame, hidden: int
) -> None:
    coded = code_interactions(table, items_of(table))
    n_users, n_items = len(coded.user_ids), len(coded.item_ids)
    users = np.arange(-1, n_users, dtype=np.int32)
    fitted = recommenders.create(name).fit(coded)
    seen = np.random.default_rng(hidden).random((n_users, n_items)) < 0.3
    top = fitted.top(users, n_items, min(4, n_items), sparse.csr_array(seen))
    scores = fitted.score_many(users, np.arange(n_items, dtype=np.int32))
    for row, user in enumerate(users):
        left = [item for item in range(n_items) if user < 0 or not seen[user, item]]
        best = sorted(left, key=lambda item: (-scores[row, item], item))[:4]
        count = top.counts[row]
        assert top.items[row, :count].tolist() == best
        assert top.scores[row, :count].tobytes() == scores[row, best].tobytes()


@every_recommender
@given(table=interaction_tables())
@settings(max_examples=10, deadline=None)
def test_items_that_nobody_met_are_scored_too(name: str, table: pl.DataFrame) -> None:
    more = pl.DataFrame({"item": [0, 77], "title": ["red wine", None]})
    coded = code_interactions(table, pl.concat([items_of(table), more]))
    users, items = (np.arange(len(ids), dtype=np.int32) for ids in (coded.user_ids, coded.item_ids))
    assert {0, 77} < set(coded.item_ids)
    scores = recommenders.create(name).fit(coded).score_many(users, items)
    assert np.isfinite(scores).all()


@every_recommender
@given(table=interaction_tables(), item=st.integers(0, 8))
@settings(max_examples=25, deadline=None)
def test_reasons_are_the_users_own_items_and_add_up_to_the_score(
    name: str, table: pl.DataFrame, item: int
) -> None:
    coded = code_interactions(table, items_of(table))
    fitted = recommenders.create(name).fit(coded)
    item %= len(coded.item_ids)
    try:
        assert [len(part) for part in fitted.explain(-1, item)] == [0, 0]
    except PalateError:
        assert name not in EXPLAINED
        return
    for user in range(len(coded.user_ids)):
        own, adds = fitted.explain(user, item)
        assert set(own.tolist()) <= set(coded.items[coded.users == user].tolist())
        assert adds.tolist() == sorted(adds.tolist(), reverse=True)
        score = fitted.score(user, np.array([item], dtype=np.int32))[0]
        np.testing.assert_allclose(adds.sum(), score, rtol=1e-9, atol=1e-12)


@every_recommender
def test_progress_ends_at_the_total(name: str) -> None:
    calls: list[tuple[int, int]] = []
    table = pl.DataFrame({"user": [1, 1, 2], "item": [1, 2, 2]})
    recommenders.create(name).fit(
        code_interactions(table, items_of(table)), progress=lambda done, total: calls.append((done, total))
    )
    assert calls == sorted(calls)
    assert calls[-1][0] == calls[-1][1]
