from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interaction_strategies import interaction_tables

from palate.core.errors import SettingsError
from palate.recommend import UserNeighbours, code_interactions
from palate.recommend._interactions import liked

WATCHED = pl.DataFrame(
    {
        "user": ["ann", "ann", "bob", "bob", "bob", "cleo", "cleo", "dan"],
        "item": ["x", "y", "x", "y", "z", "x", "w", "v"],
    }
)


@given(
    table=interaction_tables(),
    neighbours=st.integers(1, 4),
    shrinkage=st.sampled_from([0.0, 2.0]),
    similarity=st.sampled_from(["cosine", "jaccard"]),
    likes=st.sampled_from(["all", "above_user_mean"]),
)
@settings(max_examples=60, deadline=None)
def test_scores_are_those_of_loops_over_sets(table: pl.DataFrame, **chosen: Any) -> None:
    method = UserNeighbours(**chosen)
    coded = code_interactions(table)
    marks = liked(coded, method.likes)
    n_users, n_items = len(coded.user_ids), len(coded.item_ids)
    likes = [set(coded.items[marks & (coded.users == user)].tolist()) for user in range(n_users)]
    expected = np.zeros((n_users, n_items))
    for user, own in enumerate(likes):
        alike = []
        for other, theirs in enumerate(likes):
            if other == user or not own & theirs:
                continue
            size = np.sqrt(len(own) * len(theirs)) if method.similarity == "cosine" else len(own | theirs)
            alike.append((-len(own & theirs) / (size + method.shrinkage), other))
        for value, other in sorted(alike)[: method.neighbours]:
            expected[user, list(likes[other])] -= value
    found = method.fit(coded).score_many(np.arange(n_users), np.arange(n_items))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_scores_and_reasons_by_hand() -> None:
    # ann {x, y}: bob {x, y, z} is 2 / (sqrt(2 * 3) + 1) alike, cleo {x, w} 1 / (sqrt(2 * 2) + 1) = 1/3.
    coded = code_interactions(WATCHED)
    fitted = UserNeighbours(shrinkage=1.0, likes="all").fit(coded)
    of_bob = 2 / (6**0.5 + 1)
    v, w, x, y, z = range(5)
    scores = fitted.score(0, np.array([v, w, x, y, z], dtype=np.int32))
    np.testing.assert_allclose(scores, [0, 1 / 3, of_bob + 1 / 3, of_bob, of_bob])
    # z comes from bob alone, with whom ann shares x and y, one as much as the other.
    own, adds = fitted.explain(0, z)
    assert own.tolist() == [x, y]
    np.testing.assert_allclose(adds, [of_bob / 2, of_bob / 2])
    own, adds = fitted.explain(0, x)
    assert own.tolist() == [x, y]
    np.testing.assert_allclose(adds, [of_bob / 2 + 1 / 3, of_bob / 2])


def test_rare_item_in_common_speaks_louder_by_tfidf() -> None:
    table = pl.DataFrame(
        {
            "user": ["ann", "ann", "bob", "bob", "bob", "c", "d", "e", "f", "g"],
            "item": ["hit", "rare", "hit", "rare", "new", "hit", "hit", "hit", "x", "y"],
        }
    )
    coded = code_interactions(table)
    fitted = UserNeighbours(shrinkage=0.0, similarity="tfidf", likes="all").fit(coded)
    codes = {item: code for code, item in enumerate(coded.item_ids)}
    own, adds = fitted.explain(0, codes["new"])
    assert [coded.item_ids[int(item)] for item in own] == ["rare", "hit"]
    # Of 7 users, 2 have the rare one and 5 the hit: weights ln(7/3)² and ln(7/6)².
    np.testing.assert_allclose(adds[0] / adds[1], (np.log(7 / 3) / np.log(7 / 6)) ** 2)


@pytest.mark.parametrize(
    ("name", "value"), [("neighbours", 0), ("shrinkage", -1.0), ("similarity", "euclid"), ("likes", "some")]
)
def test_impossible_setting_is_refused(name: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=f"'{name}'"):
        UserNeighbours(**{name: value})
