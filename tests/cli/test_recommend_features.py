"""``palate recommend`` and ``palate tune`` with features of users and items."""

from __future__ import annotations

import json
from importlib.util import find_spec

import polars as pl
import pytest
from requirements import require


@pytest.fixture
def films(tmp_path):
    (tmp_path / "seen.csv").write_text("user,item\nann,1\nbob,2\nbob,3\ncleo,1\ncleo,3\ndan,4\n")
    (tmp_path / "kinds.csv").write_text(
        "item,title,genre\n1,Duel,western|war\n2,Raid,western\n3,Heist,crime\n4,Trip,\n5,Ambush,war\n"
    )
    (tmp_path / "people.csv").write_text("user,age\nann,30\nbob,40\n")
    return tmp_path


def first(said, user):
    return next(row["item"] for row in json.loads(said.out) if row["query"] == user)


def test_features_alone_recommend_by_content_and_what_they_lack_is_noted(palate, films):
    said = palate(
        "recommend", "-i", films / "seen.csv", "--model", "content", "--item-features", films / "kinds.csv",
        "--separator", "|", "--json",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert first(said, "ann") == "2"
    assert "1 of the items with features are in no interaction and left out" in said.err
    assert "1 of 4 items have no 'genre'" in said.err


def test_with_the_items_table_new_items_are_recommended_by_their_features(palate, films):
    said = palate(
        "recommend", "-i", films / "seen.csv", "--model", "content", "--items", films / "kinds.csv",
        "--item-features", films / "kinds.csv", "--separator", "|", "--json",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert {row["item"] for row in json.loads(said.out) if row["query"] == "ann"} == {"2", "3", "4", "5"}


def test_recommenders_that_learn_nothing_from_features_say_so(palate, films):
    said = palate(
        "recommend", "-i", films / "seen.csv", "--model", "popularity", "--item-features", films / "kinds.csv",
        "--user-features", films / "people.csv", "--json",
    )  # fmt: skip
    assert said.code == 0
    assert "popularity learns nothing from features of items" in said.err
    assert "popularity learns nothing from features of users" in said.err


def test_towers_learn_from_both_and_are_saved(palate, films):
    require(find_spec("torch"), "two_tower needs the extra deep")
    arguments = (
        "recommend", "-i", films / "seen.csv", "--model", "two_tower", "--set", "epochs=1",
        "--user-features", films / "people.csv", "--item-features", films / "kinds.csv",
    )  # fmt: skip
    said = palate(*arguments, "--save", films / "towers.palate", "-o", films / "runs.parquet")
    assert said.code == 0, said.err
    assert "2 of 4 users have no 'age'" in said.err
    again = palate("recommend", "--load", films / "towers.palate", "-o", films / "again.parquet")
    assert again.code == 0
    assert pl.read_parquet(films / "runs.parquet").equals(pl.read_parquet(films / "again.parquet"))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("item,title\n1,Duel\n", "no features of items"),
        ("item,genre\n1,war\n1,western\n", "row 1: item 1"),
        ("item,genre\n81,war\n", "None of the items of the interactions"),
        ("film,genre\n1,war\n", "item"),
    ],
)
def test_mistakes_name_the_file(palate, films, table, message):
    (films / "wrong.csv").write_text(table)
    said = palate(
        "recommend", "-i", films / "seen.csv", "--model", "content", "--item-features", films / "wrong.csv"
    )
    assert said.code == 2
    assert "wrong.csv" in said.err
    assert message in " ".join(said.err.split())
    assert "Traceback" not in said.err


def test_what_was_learned_is_taken_as_it_is(palate, films):
    said = palate("recommend", "--load", films, "--item-features", films / "kinds.csv")
    assert said.code == 2
    assert "leave out --item-features" in said.err


def test_tuning_uses_features(palate, films):
    require(find_spec("optuna"), "tuning needs the extra tuning")
    # Each user takes all items of one kind, beginning with another of them.
    rows = [(f"u{u}", u % 3 + 3 * ((u + t) % 6), u * 100 + t) for u in range(24) for t in range(6)]
    pl.DataFrame(rows, schema=["user", "item", "timestamp"], orient="row").write_csv(films / "seen.csv")
    kinds = pl.DataFrame({"item": range(18), "kind": [str(n % 3) for n in range(18)]})
    kinds.write_csv(films / "kinds.csv")
    arguments = ("tune", "--model", "content", "-i", films / "seen.csv", "--split", "per-user", "--trials", 2)
    said = palate(*arguments, "--item-features", films / "kinds.csv", "--json")
    assert said.code == 0, said.err
    # What a user takes last is all that is new of the kind.
    assert json.loads(said.out)["test"]["estimate"] == pytest.approx(1.0)
    without = palate(*arguments)
    assert without.code == 2
    unused = palate("tune", "--model", "ease", *arguments[3:], "--user-features", films / "people.csv")
    assert "ease learns nothing from features of users" in unused.err
