import pandas as pd
import polars as pl
import pytest

from palate.core.errors import InputError, SettingsError, UnknownNameError
from palate.measures.catalogue import Cov, assess_catalogue, catalogue_registry, parse_catalogue_measure

INTERACTIONS = pl.DataFrame(
    {"user": [1, 2, 3, 4, 1, 2, 1, 1], "item": ["a", "a", "a", "a", "b", "b", "c", "c"]}
)
RUN = pl.DataFrame({"query": [1, 1, 2], "item": ["a", "b", "b"], "score": [0.1, 0.9, 0.5]})
FEATURES = pl.DataFrame({"item": ["c", "b", "a", "d"], "drama": [1, 1, 0, 0], "war": [0.0, 0.0, 2.0, 1.0]})


def test_values_by_hand():
    found = assess_catalogue({"als": RUN}, INTERACTIONS, ["Cov@1", "Novelty@2", "Popularity@2", "Gini@1"])
    assert found.rows() == [
        ("als", "Cov@1", pytest.approx(1 / 3)),
        ("als", "Novelty@2", pytest.approx((0.5 + 1) / 2)),
        ("als", "Popularity@2", pytest.approx((3 + 2) / 2)),
        ("als", "Gini@1", pytest.approx(2 / 3)),
    ]


def test_features_make_the_catalogue():
    found = assess_catalogue({"als": RUN}, INTERACTIONS, ["Cov@2", "Diversity@2"], features=FEATURES)
    assert found["value"].to_list() == pytest.approx([2 / 4, 1.0])


def test_defaults_and_the_kind_of_frame():
    found = assess_catalogue([RUN.with_columns(system=pl.lit("als"))], INTERACTIONS.to_pandas())
    assert isinstance(found, pd.DataFrame)
    assert list(found["measure"]) == ["Cov@10", "Gini@10", "Novelty@10", "Popularity@10"]


def test_items_from_outside_the_catalogue_are_refused():
    with pytest.raises(InputError, match="catalogue lacks 1 of the items that are ranked, such as 'z'"):
        assess_catalogue(RUN.with_columns(item=pl.Series(["a", "b", "z"])), INTERACTIONS)


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (FEATURES.with_columns(war=pl.Series([0, None, 1, 1])), "row 2, column 'war': The value is missing"),
        (FEATURES.with_columns(war=pl.Series([0.0, 1.0, float("inf"), 1.0])), "'war'.*finite"),
    ],
)
def test_unusable_features_are_refused(features, message):
    with pytest.raises(InputError, match=message):
        assess_catalogue(RUN, INTERACTIONS, features=features)


@pytest.mark.parametrize("kind", list(catalogue_registry), ids=lambda kind: kind.name)
def test_measures_of_a_catalogue_print_and_parse(kind):
    for name in (kind.name, *kind.aliases, catalogue_registry.name_of(kind)):
        assert parse_catalogue_measure(f"{name}@7") == kind(7)
    assert str(kind(7)) == f"{kind.name}@7"
    with pytest.raises(SettingsError, match="needs a cutoff"):
        kind()


def test_unknown_names_suggest_the_nearest():
    with pytest.raises(UnknownNameError, match="no measure of a catalogue named 'gin'. Did you mean Gini"):
        parse_catalogue_measure("gin@10")
    assert parse_catalogue_measure("Coverage@5") == Cov(5)


def test_genres_are_features():
    items = pl.DataFrame({"item": list("abcd"), "genres": ["Drama|War", "War", "Comedy; Drama", None]})
    items = items.with_columns(year=pl.Series([1990, 1991, 1992, 1993]))  # no feature beside genres
    marked = pl.DataFrame(
        {"item": list("abcd"), "comedy": [0, 0, 1, 0], "drama": [1, 0, 1, 0], "war": [1, 1, 0, 0]}
    )
    wanted = ["Diversity@2", "Miscalibration@2"]
    assert assess_catalogue(RUN, INTERACTIONS, wanted, features=items).equals(
        assess_catalogue(RUN, INTERACTIONS, wanted, features=marked)
    )


def test_the_catalogue_alone_serves_measures_that_ask_for_no_more():
    found = assess_catalogue(RUN, measures=["Cov@2", "Gini@2", "Personalization@2"], features=FEATURES)
    assert found["value"].to_list() == pytest.approx([2 / 4, (1 * 1 + 2 * 3) / (4 * 3), 1 - 0.5**0.5])


@pytest.mark.parametrize(
    ("measure", "tables", "message"),
    [
        ("Cov@2", {}, "no catalogue"),
        ("Novelty@2", {"features": FEATURES}, "Novelty@2 needs interactions"),
        ("Serendipity@2", {"interactions": INTERACTIONS}, "Serendipity@2 needs judgments"),
        ("Diversity@2", {"interactions": INTERACTIONS}, "Diversity@2 needs features"),
        ("Diversity@2", {"features": FEATURES.select("item")}, "Diversity@2 needs features of the items"),
    ],
)
def test_a_measure_says_what_it_lacks(measure, tables, message):
    with pytest.raises(InputError, match=message):
        assess_catalogue(RUN, measures=[measure], **tables)


def test_judgments_and_histories_find_their_queries_as_text():
    # a is known to 4 users, b and c to 2 and 1: b (best of query 1) is expected, too, of two; c is not
    run = pl.DataFrame({"query": ["10", "10", "9"], "item": ["c", "a", "b"], "score": [2.0, 1.0, 1.0]})
    judged = pl.DataFrame({"query": [9, 10, 10, 11], "item": ["b", "c", "a", "c"], "grade": [1, 1, 1, 1]})
    found = assess_catalogue(run, INTERACTIONS, ["Serendipity@2"], judgments=judged)
    assert found["value"].to_list() == pytest.approx([(1 / 2 + 0 + 0) / 3])


def test_judgments_of_other_queries_are_refused():
    judged = pl.DataFrame({"query": ["q1"], "item": ["a"], "grade": [1]})
    with pytest.raises(InputError, match="share no query: ids look like '1' in the run and 'q1'"):
        assess_catalogue(RUN, INTERACTIONS, ["Serendipity@2"], judgments=judged)
