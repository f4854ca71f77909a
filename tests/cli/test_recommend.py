from __future__ import annotations

import json

import polars as pl
import pytest


@pytest.fixture
def films(tmp_path):
    (tmp_path / "seen.csv").write_text(
        "user,item\nann,1\nann,2\nbob,1\nbob,2\nbob,3\ncleo,1\ncleo,3\ndan,4\n"
    )
    (tmp_path / "films.csv").write_text(
        "item,title,genres\n1,Duel,western\n2,Raid,western\n3,Heist,crime\n4,,\n5,Ambush,western\n"
    )
    return tmp_path


def test_content_recommends_what_nobody_has_seen_and_says_which_items_lack_text(palate, films):
    said = palate(
        "recommend", "-i", films / "seen.csv", "--model", "content", "--items", films / "films.csv", "--json"
    )
    assert said.code == 0
    first = next(row for row in json.loads(said.out) if row["query"] == "ann")
    assert (first["item"], first["rank"]) == ("5", 1)
    assert "Note: 1 item of 5 without text" in said.err


def test_others_do_not_recommend_items_that_only_the_items_table_has(palate, films):
    said = palate(
        "recommend", "-i", films / "seen.csv", "--model", "random", "--items", films / "films.csv", "--json"
    )
    assert {row["item"] for row in json.loads(said.out)} == {"1", "2", "3", "4"}


def test_recommendations_are_explained_by_title(palate, films):
    arguments = ("recommend", "-i", films / "seen.csv", "--model", "item-neighbours", "--set", "shrinkage=0")
    said = palate(*arguments, "--items", films / "films.csv", "--explain", "ann", "--top", 1)
    assert said.code == 0
    # Heist (2 users) shares 2 of Duel's 3 users and 1 of Raid's 2: 2/√6 and 1/2, 62% and 38%.
    assert "Heist" in said.out
    assert "Duel (62%), Raid (38%)" in said.out
    assert "without text" not in said.err
    rows = json.loads(palate(*arguments, "--explain", "ann", "--top", 1, "--json").out)
    assert [(row["item"], row["because"], round(row["share"], 2)) for row in rows] == [
        ("3", "1", 0.62),
        ("3", "2", 0.38),
    ]
    assert palate(*arguments, "--explain", "ann", "-o", films / "why.csv").code == 0
    assert pl.read_csv(films / "why.csv")["because"].to_list()[:2] == [1, 2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "content"], "--items FILE"),
        (["--model", "item-neighbours", "--explain", "eve"], "There is no user 'eve'"),
        (["--model", "popularity", "--explain", "ann"], "cannot say which"),
        (["--model", "ease", "--set", "max_items=3"], "'max_items' is 3"),
    ],
)
def test_mistakes_are_one_message(palate, films, arguments, message):
    said = palate("recommend", "-i", films / "seen.csv", *arguments)
    assert said.code == 2
    assert message in " ".join(said.err.split())
    assert "Traceback" not in said.err


def test_candidates_of_the_user_are_explained(palate, films):
    (films / "wanted.csv").write_text("user,item\nann,3\nann,4\nbob,4\n")
    arguments = (
        "recommend",
        "-i",
        films / "seen.csv",
        "--model",
        "ease",
        "--candidates",
        films / "wanted.csv",
    )
    rows = json.loads(palate(*arguments, "--explain", "ann", "--json").out)
    assert {(row["query"], row["item"]) for row in rows} == {("ann", "3")}
    said = palate(*arguments, "--explain", "dan")
    assert said.code == 2
    assert "User 'dan' has no candidates" in said.err


def test_items_of_others_are_refused_by_file(palate, films):
    (films / "other.csv").write_text("item,title\n90,Other\n")
    said = palate("recommend", "-i", films / "seen.csv", "--model", "hybrid", "--items", films / "other.csv")
    assert said.code == 2
    assert "other.csv" in said.err
    assert "None of the items of the interactions" in said.err


def test_users_who_get_fewer_items_or_none_are_counted(palate, films):
    (films / "all.csv").write_text("user,item\nann,1\nann,2\nbob,1\n")
    arguments = ("recommend", "-i", films / "all.csv", "--model", "popularity", "--json")
    said = palate(*arguments, "--top", 1)
    assert {row["query"] for row in json.loads(said.out)} == {"bob"}
    assert (
        "Note: 1 of 2 users get fewer than 1 items, 1 of them none: there are 2 items, and what a user has met"
        in said.err
    )
    assert (
        "Note: 2 of 2 users get fewer than 3 items: there are 2 items."
        in palate(*arguments, "--top", 3, "--with-seen").err
    )
    assert "Note" not in palate(*arguments, "--top", 2, "--with-seen").err
