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
from palate.recommend import ItemNeighbours, code_interactions, item_neighbours
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


def test_size_of_blocks_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    table = pl.DataFrame({"user": rng.integers(0, 30, 600), "item": rng.integers(0, 40, 600)})
    coded = code_interactions(table)
    users, items = np.arange(30, dtype=np.int32), np.arange(40, dtype=np.int32)
    whole = ItemNeighbours(neighbours=5).fit(coded).score_many(users, items)
    monkeypatch.setattr(item_neighbours, "_BLOCK_CELLS", 40 * 7)
    blocks = ItemNeighbours(neighbours=5).fit(coded).score_many(users, items)
    assert whole.tobytes() == blocks.tobytes()


def test_cosine_of_two_items_by_hand() -> None:
    # x has 4 users, y has 1 of them: 1 / (sqrt(4 * 1) + 2) = 0.25, so who liked y scores x at 0.25.
    table = pl.DataFrame({"user": ["a", "b", "c", "d", "a"], "item": ["x", "x", "x", "x", "y"]})
    fitted = ItemNeighbours(shrinkage=2.0).fit(code_interactions(table))
    assert fitted.score(0, np.array([0, 1], dtype=np.int32)).tolist() == [0.25, 0.25]
    assert fitted.score(1, np.array([0, 1], dtype=np.int32)).tolist() == [0.0, 0.25]


@pytest.mark.parametrize(
    ("name", "value"), [("neighbours", 0), ("shrinkage", -1.0), ("similarity", "euclid")]
)
def test_impossible_setting_is_refused(name: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=f"'{name}'"):
        ItemNeighbours(**{name: value})
