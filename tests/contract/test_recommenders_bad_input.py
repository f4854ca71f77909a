"""What every recommender makes of interactions as people have them: an error that says what to do, or a sensible result."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from interaction_strategies import items_of
from recommender_extras import recommender_names

from palate.core.errors import InputError
from palate.recommend import (
    ValueSettings,
    code_interactions,
    rank_candidates,
    recommend_top,
    recommenders,
    split_at_time,
    weigh_interactions,
)

every_recommender = pytest.mark.parametrize("name", recommender_names())

PAST = pl.DataFrame(
    {
        "user": ["ann", "ann", "bob", "bob", "cleo", "cleo", "dan"],
        "item": [1, 2, 1, 3, 2, 3, 4],
        "timestamp": [10, 20, 30, 40, 50, 60, 70],
        "value": [5.0, 3.0, 4.0, 2.0, 2.0, 2.0, 1.0],
    }
)


def _top(name: str, table: pl.DataFrame, items: pl.DataFrame | None = None, **more: object) -> pl.DataFrame:
    coded = code_interactions(table, items_of(table) if items is None else items)
    return recommend_top(recommenders.create(name).fit(coded), coded, 3, **more)


def _is_sound(runs: pl.DataFrame) -> None:
    assert np.isfinite(runs["score"].to_numpy()).all()
    assert not runs.select("query", "item").is_duplicated().any()
    lengths = runs.group_by("query").agg(pl.col("rank").sort()).rows()
    assert all(ranks == list(range(1, len(ranks) + 1)) for _, ranks in lengths)


@every_recommender
def test_user_never_seen_gets_what_users_get_on_average(name: str) -> None:
    runs = _top(name, PAST, users=pl.Series(["nobody", "ann"]))
    _is_sound(runs)
    assert set(runs["query"]) == {"nobody", "ann"}
    assert len(runs.filter(pl.col("query") == "nobody")) == 3


@every_recommender
def test_item_never_seen_comes_last_of_the_candidates(name: str) -> None:
    coded = code_interactions(PAST, items_of(PAST))
    wanted = pl.DataFrame({"query": "ann", "item": [99, 3, 4]})
    runs = rank_candidates(recommenders.create(name).fit(coded), coded, wanted, name)
    _is_sound(runs)
    assert runs["item"].to_list()[-1] == 99


@every_recommender
def test_empty_history_is_served(name: str) -> None:
    # dan's only interaction is left out; he stays a user, without history.
    coded = code_interactions(PAST, items_of(PAST))
    past = weigh_interactions(coded, ValueSettings(least=2.0))
    assert coded.user_ids.to_list().index("dan") not in past.users
    runs = recommend_top(recommenders.create(name).fit(past), past, 4)
    _is_sound(runs)
    assert set(runs["query"]) == {"ann", "bob", "cleo", "dan"}


@every_recommender
def test_one_interaction_alone(name: str) -> None:
    table = PAST.head(1)
    assert _top(name, table).is_empty()  # the only user has met the only item
    runs = _top(name, table, skip_seen=False)
    assert runs.select("query", "item", "rank").rows() == [("ann", 1, 1)]
    _is_sound(runs)


@every_recommender
def test_all_values_the_same_are_all_likes(name: str) -> None:
    same = PAST.with_columns(value=pl.lit(3.0))
    runs = _top(name, same)
    _is_sound(runs)
    assert set(runs["query"]) == {"ann", "bob", "cleo", "dan"}
    if "likes" in recommenders.get(name).__dataclass_fields__:
        assert runs.equals(_top(name, PAST.drop("value")))


@every_recommender
@pytest.mark.parametrize("value", [-1.0, -1e30])
def test_negative_values_only_rank_or_are_refused(name: str, value: float) -> None:
    table = PAST.with_columns(value=pl.when(pl.col("item") == 1).then(value).otherwise("value"))
    try:
        runs = _top(name, table)
    except InputError as error:  # of recommenders to which values are watch times
        refused = str(error)
    else:
        _is_sound(runs)
        return
    assert "column 'value'" in refused
    assert "below" in refused


@pytest.mark.parametrize(
    "name",
    [
        case
        for case in recommender_names()
        if "likes" in recommenders.get(case.values[0]).__dataclass_fields__
    ],
)
def test_negative_values_are_refused_where_they_say_how_much(name: str) -> None:
    table = PAST.with_columns(value=pl.lit(-1.0))
    coded = code_interactions(table, items_of(table))
    with pytest.raises(InputError, match="column 'value'.*at least 0"):
        recommenders.create(name, {"likes": "value"}).fit(coded)


@every_recommender
def test_whole_numbers_held_as_floats_are_whole_numbers(name: str) -> None:
    floats = PAST.with_columns(pl.col("item").cast(pl.Float64))
    assert _top(name, floats, items_of(PAST)).equals(_top(name, PAST))


@every_recommender
def test_leading_zeros_stay_and_tell_apart(name: str) -> None:
    table = PAST.with_columns(item=pl.format("00{}", "item"))
    table = pl.concat([table, table.head(1).with_columns(item=pl.lit("1"), user=pl.lit("bob"))])
    texts = pl.DataFrame({"item": table["item"].unique().sort(), "title": "wine"})
    runs = _top(name, table, texts, skip_seen=False)
    _is_sound(runs)
    coded = code_interactions(table, texts)
    assert coded.item_ids.to_list() == ["001", "002", "003", "004", "1"]
    whole = rank_candidates(
        recommenders.create(name).fit(coded), coded, pl.DataFrame({"query": "ann", "item": [2, 1]}), name
    )
    assert whole["item"].to_list() == [1, 2]  # 2 is not "002": it is unknown, and comes last
    assert whole["score"][1] == whole["score"][0] - 1


@every_recommender
def test_features_missing_for_some_items(name: str) -> None:
    texts = pl.DataFrame({"item": [1, 2, 3], "title": ["red wine", None, ""], "text": [None, None, "white"]})
    _is_sound(_top(name, PAST, texts))


def test_unknown_number_among_text_ids_and_text_among_numbers_is_nobody() -> None:
    table = PAST.with_columns(user=pl.Series([7, 7, 8, 8, 9, 9, 10]))
    coded = code_interactions(table)
    fitted = recommenders.create("user_neighbours").fit(coded)
    known, other = (recommend_top(fitted, coded, 1, pl.Series([user])) for user in ("7", "007"))
    assert len(known) == len(other) == 1
    assert (
        other["score"].to_list() == recommend_top(fitted, coded, 1, pl.Series(["nobody"]))["score"].to_list()
    )
    assert recommend_top(fitted, coded, 1, pl.Series([7.0]))["score"].to_list() == known["score"].to_list()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"timestamp": pl.lit(1_700_000_000_000)}, "column 'timestamp'.*not milliseconds"),
        ({"value": pl.lit(float("nan"))}, "column 'value'.*not a finite number"),
        ({"value": pl.lit(float("inf"))}, "column 'value'.*not a finite number"),
        ({"value": pl.lit(1e300)}, "column 'value'.*beyond"),
        ({"item": pl.col("item") + 0.5}, "column 'item'.*whole number"),
        ({"user": pl.lit(None, dtype=pl.String)}, "column 'user'"),
        ({"value": pl.when(pl.col("item") == 2).then(None).otherwise("value")}, "have none"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(change: dict[str, pl.Expr], message: str) -> None:
    with pytest.raises(InputError, match=message):
        code_interactions(PAST.with_columns(**change))


def test_item_described_twice_is_refused() -> None:
    twice = pl.DataFrame({"item": [1, 1, 2], "title": ["a", "b", "c"]})
    with pytest.raises(InputError, match="item"):
        code_interactions(PAST, twice)


def test_times_with_zones_are_told_apart_by_the_moment() -> None:
    # Noon in Berlin is before half past eleven in London.
    table = pl.DataFrame(
        {
            "user": ["ann", "ann"],
            "item": [1, 2],
            "timestamp": ["2026-01-31T11:30:00+00:00", "2026-01-31T12:00:00+01:00"],
        }
    )
    assert split_at_time(table, 0.5).future["item"].to_list() == [1]
    assert code_interactions(table).timestamps.tolist() == [1769859000.0, 1769857200.0]
