from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, SettingsError
from palate.recommend import EASE, code_interactions, explain_runs


def _table(n_users: int, n_items: int) -> pl.DataFrame:
    rng = np.random.default_rng(n_users)
    some = pl.DataFrame({"user": rng.integers(0, n_users, 200), "item": rng.integers(0, n_items, 200)})
    every = pl.DataFrame({"user": np.arange(n_users), "item": np.arange(n_users) % n_items})
    return pl.concat(
        [some, every, pl.DataFrame({"user": np.arange(n_items) % n_users, "item": np.arange(n_items)})]
    )


@pytest.mark.parametrize(("n_users", "n_items"), [(30, 12), (12, 30)])
def test_each_column_is_the_ridge_regression_on_the_other_items(n_users: int, n_items: int) -> None:
    coded = code_interactions(_table(n_users, n_items))
    likes = np.zeros((n_users, n_items))
    likes[coded.users, coded.items] = 1.0
    scores = (
        EASE(regularization=3.0, likes="all").fit(coded).score_many(np.arange(n_users), np.arange(n_items))
    )
    for item in range(n_items):
        others = np.delete(likes, item, axis=1)
        # Ridge regression as plain least squares, with a row sqrt(3) for each weight.
        rows = np.vstack([others, np.sqrt(3.0) * np.eye(n_items - 1)])
        weights = np.linalg.lstsq(rows, np.append(likes[:, item], np.zeros(n_items - 1)), rcond=None)[0]
        np.testing.assert_allclose(scores[:, item], others @ weights, atol=1e-10)


def test_reasons_may_speak_against_an_item_and_come_last() -> None:
    # Who likes a likes b; who likes c never does.
    rows = [(user, item) for user in range(6) for item in (["a", "b"] if user < 3 else ["c"])]
    rows += [(7, "a"), (7, "c"), (8, "a"), (8, "b"), (8, "d"), (9, "c"), (9, "d")]
    coded = code_interactions(pl.DataFrame(rows, schema=["user", "item"], orient="row"))
    fitted = EASE(regularization=0.5, likes="all").fit(coded)
    own, adds = fitted.explain(6, 1)
    assert [coded.item_ids[int(item)] for item in own] == ["a", "c"]
    assert adds[0] > 0 > adds[1]
    b_for_7 = pl.DataFrame({"system": "ease", "query": [7], "item": ["b"], "rank": [1], "score": [0.0]})
    assert explain_runs(fitted, coded, b_for_7).select("because", "share").rows() == [("a", 1.0)]


def test_more_items_than_memory_is_meant_for_are_refused_with_advice() -> None:
    coded = code_interactions(_table(12, 30))
    with pytest.raises(InputError, match=r"30 items would take 0 GB, and 'max_items' is 29.*item_neighbours"):
        EASE(max_items=29).fit(coded)


@pytest.mark.parametrize(("name", "value"), [("regularization", 0.0), ("max_items", 0), ("likes", "some")])
def test_impossible_setting_is_refused(name: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=f"'{name}'"):
        EASE(**{name: value})


def test_regularization_that_leaves_no_digits_is_refused() -> None:
    alike = pl.DataFrame({"user": [1, 1, 2, 2, 3, 3], "item": ["a", "b"] * 3})
    with pytest.raises(SettingsError, match="'regularization' is too small for these interactions: 1e-300"):
        EASE(regularization=1e-300, likes="all").fit(code_interactions(alike))
