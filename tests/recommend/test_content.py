from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError
from palate.recommend import Content, code_interactions, explain_runs, recommend_top

ITEMS = pl.DataFrame(
    {
        "item": ["blank", "duel", "heist", "new duel", "waltz"],
        "text": ["", "sword duel", "bank heist", "sword duel", "ball waltz"],
    }
)
WATCHED = pl.DataFrame(
    {"user": ["ann", "ann", "bob", "bob"], "item": ["duel", "heist", "waltz", "blank"], "value": [5, 5, 5, 5]}
)


def test_score_is_the_mean_cosine_with_liked_items() -> None:
    fitted = Content().fit(code_interactions(WATCHED, ITEMS))
    every = np.arange(5, dtype=np.int32)
    # No two different texts share a word: each cosine is 0 or 1.
    np.testing.assert_allclose(fitted.score(0, every), [0, 0.5, 0.5, 0.5, 0], atol=1e-12)
    np.testing.assert_allclose(fitted.score(1, every), [0, 0, 0, 0, 0.5], atol=1e-12)


def test_item_that_nobody_met_is_recommended_with_its_reason() -> None:
    coded = code_interactions(WATCHED, ITEMS)
    fitted = Content().fit(coded)
    top = recommend_top(fitted, coded, 1, pl.Series(["ann"]), system="content")
    assert top.select("query", "item", "rank").rows() == [("ann", "new duel", 1)]
    assert explain_runs(fitted, coded, top).rows() == [("content", "ann", "new duel", 1, "duel", 1.0)]


def test_items_are_needed() -> None:
    with pytest.raises(InputError, match=r"--items FILE, or code_interactions\(interactions, items\)"):
        Content().fit(code_interactions(WATCHED))
