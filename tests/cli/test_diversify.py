from __future__ import annotations

import json

import pytest


@pytest.fixture
def tables(tmp_path):
    (tmp_path / "a.trec").write_text("".join(f"u Q0 {i} {r} {6 - r} als\n" for r, i in enumerate("abcde", 1)))
    (tmp_path / "kinds.csv").write_text("item,genres\na,drama\nb,drama\nc,drama|war\nd,comedy\n")
    (tmp_path / "past.csv").write_text("user,item\nu,d\n")
    return tmp_path


def order(said):
    return "".join(row["item"] for row in json.loads(said.out))


def test_what_is_shown_differs_more(palate, tables):
    arguments = ("diversify", tables / "a.trec", "-c", tables / "kinds.csv", "--separator", "|", "--top", 2)
    said = palate(*arguments, "--json")
    # Relevance 1, .75, .5, .25, 0: c has cosine .707 with a, d none: .125 for d, .375 - .5 for b.
    assert order(said) == "ad"
    assert "50.0% of the items shown were not among the first 2 before." in said.err
    assert "Note: 1 of 5 items have no category" in said.err
    assert order(palate(*arguments, "--json", "--set", "diversity=0")) == "ab"
    assert "The first 2 by mmr" in palate(*arguments).out
    palate(*arguments, "-o", tables / "out.trec")
    assert (tables / "out.trec").read_text().splitlines()[0] == "u Q0 a 1 1.0 als+mmr"


def test_the_past_says_what_users_are_after(palate, tables):
    arguments = (
        "diversify",
        tables / "a.trec",
        "-c",
        tables / "kinds.csv",
        "--separator",
        "|",
        "--json",
        "--top",
        1,
    )
    more = ("--method", "calibrated", "--set", "diversity=0.9")
    assert order(palate(*arguments, *more, "--past", tables / "past.csv")) == "d"
    said = palate(*arguments, *more)
    assert said.code == 2
    assert "'calibrated' compares with what users liked" in said.err


def test_mistakes_name_the_file(palate, tables):
    (tables / "other.csv").write_text("item,category\nzz,war\n")
    said = palate("diversify", tables / "a.trec", "-c", tables / "other.csv")
    assert said.code == 2
    assert "other.csv, column 'item': None of the 5 items in the runs is in this table" in said.err
