from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from palate.core.errors import SettingsError
from palate.recommend import Content, Hybrid, ItemNeighbours, Popularity, code_interactions

ITEMS = pl.DataFrame(
    {
        "item": ["a", "b", "c", "d", "new a", "new d"],
        "text": ["red", "red wine", "wine", "blue", "red", "blue"],
    }
)
WATCHED = pl.DataFrame(
    {
        "user": ["old", "old", "old", "young", "young", "other", "other"],
        "item": ["a", "b", "c", "a", "a", "c", "d"],
    }
)
CODED = code_interactions(WATCHED, ITEMS)
EVERY = np.arange(6, dtype=np.int32)
OLD, OTHER, YOUNG = 0, 1, 2


def test_new_user_is_scored_by_content_until_enough_different_items() -> None:
    content = Content().fit(CODED).score_many(EVERY[:3], EVERY)
    other = Popularity().fit(CODED).score_many(EVERY[:3], EVERY)
    for enough, by_content in ((1, []), (2, [YOUNG]), (3, [YOUNG, OTHER]), (4, [YOUNG, OTHER, OLD])):
        scores = Hybrid(enough=enough, other="popularity").fit(CODED).score_many(EVERY[:3], EVERY)
        for user in (OLD, OTHER, YOUNG):
            if user in by_content:
                assert scores[user].tolist() == content[user].tolist()
            else:
                assert scores[user, :4].tolist() == other[user, :4].tolist()


def test_new_item_has_the_place_among_scores_that_it_has_by_content() -> None:
    fitted = Hybrid(enough=2, other="popularity").fit(CODED)
    content = Content().fit(CODED).score(OLD, EVERY)
    met, new = content[:4], content[4:]
    users = np.array([2.0, 1.0, 2.0, 1.0])
    expected = users.mean() + users.std() * (new - met.mean()) / met.std()
    np.testing.assert_allclose(fitted.score(OLD, EVERY[4:]), expected)


def test_where_content_says_nothing_new_items_score_the_mean() -> None:
    items = ITEMS.with_columns(text=pl.lit("same"))
    fitted = Hybrid(enough=1, other="popularity").fit(code_interactions(WATCHED, items))
    np.testing.assert_allclose(fitted.score(OLD, EVERY[4:]), [1.5, 1.5])


def test_reasons_are_those_of_the_one_that_decides() -> None:
    options = {"shrinkage": 0.0}
    fitted = Hybrid(enough=3, other="item-neighbours", options=options).fit(CODED)
    for user, item, decides in (
        (OLD, 0, ItemNeighbours(shrinkage=0.0)),
        (OLD, 4, Content()),
        (YOUNG, 0, Content()),
    ):
        found, expected = fitted.explain(user, item), decides.fit(CODED).explain(user, item)
        assert [part.tolist() for part in found] == [part.tolist() for part in expected]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"enough": 0}, "'enough'"),
        ({"likes": "some"}, "'likes'"),
        ({"other": "hybrid"}, "another recommender"),
        ({"options": "factors=3"}, "'options' must be settings by name"),
        ({"other": "als", "options": {"neighbours": 3}}, "no setting 'neighbours'"),
    ],
)
def test_impossible_setting_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Hybrid(**settings)
