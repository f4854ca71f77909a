"""Features of users and items: read, handed on, learned from, and part of the hash."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from requirements import require

from palate.core.errors import InputError
from palate.recommend import (
    ALS,
    CodedInteractions,
    Content,
    Hybrid,
    TwoTower,
    WatchTime,
    code_interactions,
    hash_interactions,
    load_recommender,
    recommend_top,
    save_recommender,
    with_features,
    with_items,
)

SEEN = pl.DataFrame({"user": ["u", "v", "v", "w"], "item": ["a", "b", "c", "d"]})
GENRES = pl.DataFrame({"item": ["a", "b", "c", "d"], "genre": ["Drama|War", "War", "Comedy", None]})
TOWER = TwoTower(factors=4, hidden=(8,), epochs=2, batch=32, least=1, likes="all")


def walks(n_users: int = 40, n_items: int = 12) -> CodedInteractions:
    """Users of whom half take even items and half odd ones."""
    rng = np.random.default_rng(3)
    rows = [
        (user, int(item) * 2 + user % 2, 10.0 * user + step)
        for user in range(n_users)
        for step, item in enumerate(rng.permutation(n_items)[:6])
    ]
    return code_interactions(pl.DataFrame(rows, schema=["user", "item", "timestamp"], orient="row"))


def test_text_is_split_and_what_describes_an_item_is_no_feature() -> None:
    items = GENRES.with_columns(title=pl.lit("A title"), text=pl.lit("words"), year=pl.Series([1, 2, 3, 4]))
    found = with_features(code_interactions(SEEN), items=items, separator="|").item_features
    assert found is not None
    assert found.columns == ["item", "genre", "year"]
    assert found["genre"].to_list() == [["Drama", "War"], ["War"], ["Comedy"], None]
    assert found["year"].to_list() == [1, 2, 3, 4]


def test_tables_given_one_after_another_are_both_known() -> None:
    users = pl.DataFrame({"user": ["u"], "age": [30]})
    coded = with_features(with_features(code_interactions(SEEN), users), items=GENRES)
    assert coded.user_features is not None
    assert coded.item_features is not None


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (GENRES.select("item"), "no features of items"),
        (GENRES.select("item", title="genre"), "no features of items beside its title"),
        (pl.concat([GENRES, GENRES[:1]]), "a"),
        (GENRES.select("genre"), "item"),
    ],
)
def test_tables_that_say_nothing_or_a_thing_twice_are_refused(items: pl.DataFrame, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        with_features(code_interactions(SEEN), items=items)
    assert caught.value.where == "item_features"


def test_features_alone_are_content_by_the_cosine_of_their_rarities() -> None:
    coded = with_features(code_interactions(SEEN), items=GENRES, separator="|")
    fitted = Content(likes="all").fit(coded)
    # Drama is of 1 of 4 items, War of 2: ln(5/2) + 1 and ln(5/3) + 1 are their weights in a.
    drama, war = 1 + np.log(5 / 2), 1 + np.log(5 / 3)
    expected = [1.0, war / np.hypot(drama, war), 0.0, 0.0]
    assert fitted.score(0, np.arange(4, dtype=np.int32)) == pytest.approx(expected)
    assert fitted.notes == ("1 of 4 items have no 'genre'; nothing is added for them.",)


def test_features_are_words_beside_those_of_texts() -> None:
    texts = pl.DataFrame({"item": ["a", "b", "c", "d"], "title": ["red", "blue", "blue", "red"]})
    plain = with_items(code_interactions(SEEN), texts)
    same = Content(likes="all").fit(plain).score(0, np.arange(4, dtype=np.int32))
    assert same.tolist() == [1.0, 0.0, 0.0, 1.0]
    both = Content(likes="all").fit(with_features(plain, items=GENRES, separator="|"))
    scores = both.score(0, np.arange(4, dtype=np.int32))
    assert scores[1] > 0 == scores[2]
    assert 0 < scores[3] < 1


def test_items_of_the_items_table_have_features_though_nobody_met_them() -> None:
    texts = pl.DataFrame({"item": ["a", "b", "c", "d", "new"], "title": ["x", "y", "z", "o", "q"]})
    genres = pl.concat([GENRES, pl.DataFrame({"item": ["new"], "genre": ["War|Drama"]})])
    coded = with_features(with_items(code_interactions(SEEN), texts), items=genres, separator="|")
    top = recommend_top(Content(likes="all").fit(coded), coded, 1, pl.Series(["u"]))
    assert top["item"].to_list() == ["new"]


def test_recommenders_say_whose_features_they_use() -> None:
    assert ALS().features_used == frozenset()
    assert Content().features_used == {"item"}
    assert TwoTower().features_used == {"user", "item"}
    assert WatchTime().features_used == {"item"}
    assert WatchTime(candidates="two_tower").features_used == {"user", "item"}
    assert Hybrid(other="two_tower").features_used == {"user", "item"}


def test_towers_learn_the_same_from_features_of_the_interactions_as_from_those_given() -> None:
    require(find_spec("torch"), "two_tower needs the extra deep")
    coded = walks()
    kinds = pl.DataFrame({"item": range(24), "kind": [("even", "odd")[n % 2] for n in range(24)]})
    ages = pl.DataFrame({"user": range(40), "age": [n % 2 for n in range(40)]})
    given = TOWER.fit(coded, seed=1, user_features=ages, item_features=kinds)
    known = TOWER.fit(with_features(coded, ages, kinds), seed=1)
    assert np.array_equal(given.item_factors, known.item_factors)
    assert np.array_equal(given.user_factors, known.user_factors)
    assert not np.array_equal(given.item_factors, TOWER.fit(coded, seed=1).item_factors)


def test_values_of_features_are_the_categories_of_watch_time() -> None:
    require(find_spec("torch"), "watch_time needs the extra deep")
    coded = walks()
    kinds = pl.DataFrame({"item": range(24), "category": [("even", "odd")[n % 2] for n in range(24)]})
    method = WatchTime(candidates="popularity", depth=24)
    every, users = np.arange(24, dtype=np.int32), np.arange(40, dtype=np.int32)
    given = method.fit(coded, categories=kinds).score_many(users, every)
    known = method.fit(with_features(coded, items=kinds)).score_many(users, every)
    assert np.array_equal(given, known)
    assert not np.array_equal(given, method.fit(coded).score_many(users, every))


def test_watch_time_shares_an_item_between_the_values_of_all_its_features() -> None:
    from palate.recommend._watch_facts import feature_matrix

    items = GENRES.with_columns(year=pl.Series([1990, 1990, 2000, 2000]))
    kinds, notes = feature_matrix(with_features(code_interactions(SEEN), items=items, separator="|"))
    found = kinds.toarray()
    # a has Drama, War and 1990; d has 2000 alone.
    assert sorted(found[0][found[0] > 0]) == pytest.approx([1 / 3] * 3)
    assert sorted(found[3][found[3] > 0]) == [1.0]
    assert (found[0] * found[1] > 0).sum() == 2
    assert found[2] @ found[3] == pytest.approx(0.5)
    assert len(notes) == 1


def test_notes_of_the_recommender_inside_are_told() -> None:
    require(find_spec("torch"), "two_tower needs the extra deep")
    coded = with_features(walks(), items=pl.DataFrame({"item": [0], "kind": ["even"]}))
    hybrid = Hybrid(other="two_tower", options={"epochs": 1, "likes": "all"}).fit(coded)
    assert hybrid.notes == ("23 of 24 items have no 'kind'; nothing is added for them.",)


def test_hash_tells_features_and_the_model_scores_the_same_without_them(tmp_path: Path) -> None:
    plain = code_interactions(SEEN)
    coded = with_features(plain, items=GENRES, separator="|")
    turned = with_features(plain, items=GENRES[::-1], separator="|")
    assert hash_interactions(coded) == hash_interactions(turned) != hash_interactions(plain)
    assert hash_interactions(coded) != hash_interactions(with_features(plain, items=GENRES))
    method = Content(likes="all")
    fitted, path = method.fit(coded), tmp_path / "content.palate"
    save_recommender(fitted, path, method, coded)
    loaded = load_recommender(path)
    assert loaded.data_hash == hash_interactions(coded)
    every = np.arange(4, dtype=np.int32)
    assert np.array_equal(loaded.fitted.score(0, every), fitted.score(0, every))
