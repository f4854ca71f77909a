from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interaction_strategies import interaction_tables

from palate.core.errors import SettingsError
from palate.recommend import ItemNeighbours, code_interactions, explain_runs, recommend_top
from palate.recommend._interactions import liked


def _plain_scores(method: ItemNeighbours, table: pl.DataFrame) -> np.ndarray:
    """Score everything by dense loops."""
    coded = code_interactions(table)
    likes = np.zeros((len(coded.user_ids), len(coded.item_ids)))
    chosen = liked(coded, method.likes)
    likes[coded.users[chosen], coded.items[chosen]] = 1.0
    n_items = likes.shape[1]
    weights = np.zeros((n_items, n_items))
    for i in range(n_items):
        similar = []
        for j in range(n_items):
            together, of_i, of_j = (likes[:, i] * likes[:, j]).sum(), likes[:, i].sum(), likes[:, j].sum()
            if i == j or together == 0:
                continue
            below = math.sqrt(of_i * of_j) if method.similarity == "cosine" else of_i + of_j - together
            similar.append((together / (below + method.shrinkage), j))
        for value, j in sorted(similar, key=lambda pair: (-pair[0], pair[1]))[: method.neighbours]:
            weights[j, i] = value
    return likes @ weights


@given(
    table=interaction_tables(),
    neighbours=st.integers(1, 9),
    shrinkage=st.sampled_from([0.0, 1.0, 10.0]),
    similarity=st.sampled_from(["cosine", "jaccard"]),
    likes=st.sampled_from(["all", "above_user_mean"]),
)
@settings(max_examples=60, deadline=None)
def test_scores_are_those_of_dense_loops(table: pl.DataFrame, **chosen: Any) -> None:
    method = ItemNeighbours(**chosen)
    coded = code_interactions(table)
    users = np.arange(len(coded.user_ids), dtype=np.int32)
    items = np.arange(len(coded.item_ids), dtype=np.int32)
    scores = method.fit(coded).score_many(users, items)
    np.testing.assert_allclose(scores, _plain_scores(method, table), rtol=1e-12, atol=1e-12)


def test_cosine_of_two_items_by_hand() -> None:
    # x has 4 users, y has 1 of them: 1 / (sqrt(4 * 1) + 2) = 0.25, so who liked y scores x at 0.25.
    table = pl.DataFrame({"user": ["a", "b", "c", "d", "a"], "item": ["x", "x", "x", "x", "y"]})
    fitted = ItemNeighbours(shrinkage=2.0).fit(code_interactions(table))
    assert fitted.score(0, np.array([0, 1], dtype=np.int32)).tolist() == [0.25, 0.25]
    assert fitted.score(1, np.array([0, 1], dtype=np.int32)).tolist() == [0.0, 0.25]


def test_reasons_by_hand() -> None:
    # z: 2 users; a user of both x and z: 1; of both y and z: 2. x and y: 2 users each.
    table = pl.DataFrame(
        {
            "user": ["a", "a", "b", "b", "c", "c", "c"],
            "item": ["x", "y", "y", "z", "x", "y", "z"],
        }
    )
    coded = code_interactions(table)
    fitted = ItemNeighbours(shrinkage=0.0, likes="all").fit(coded)
    own, adds = fitted.explain(0, 2)
    assert own.tolist() == [1, 0]
    np.testing.assert_allclose(adds, [2 / math.sqrt(3 * 2), 1 / math.sqrt(2 * 2)])
    top = recommend_top(fitted, coded, 5, pl.Series(["a"]), system="n")
    reasons = explain_runs(fitted, coded, top)
    assert reasons.drop("share").rows() == [("n", "a", "z", 1, "y"), ("n", "a", "z", 1, "x")]
    np.testing.assert_allclose(reasons["share"], adds / adds.sum())
    assert explain_runs(fitted, coded, top, most=1)["because"].to_list() == ["y"]


def test_nothing_speaks_for_what_an_unknown_user_gets() -> None:
    coded = code_interactions(pl.DataFrame({"user": [1, 1, 2], "item": ["x", "y", "y"]}))
    fitted = ItemNeighbours(shrinkage=0.0, likes="all").fit(coded)
    top = recommend_top(fitted, coded, 2, pl.Series([99]))
    assert len(top) == 2
    assert explain_runs(fitted, coded, top).is_empty()
    with pytest.raises(SettingsError, match="'most' must be at least 1; it is 0"):
        explain_runs(fitted, coded, top, most=0)


@pytest.mark.parametrize(
    ("name", "value"), [("neighbours", 0), ("shrinkage", -1.0), ("similarity", "euclid")]
)
def test_impossible_setting_is_refused(name: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=f"'{name}'"):
        ItemNeighbours(**{name: value})
