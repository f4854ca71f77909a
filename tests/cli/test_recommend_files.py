from __future__ import annotations

import json

import polars as pl
import pytest

from palate.cli import _parts


def test_saved_recommenders_recommend_the_same_without_interactions(palate, files):
    models = ("--model", "item-neighbours", "--model", "popularity")
    said = palate("recommend", "-i", files / "seen.csv", *models, "--save", files / "models", "--json")
    assert said.code == 0
    assert {path.name for path in (files / "models").iterdir()} == {
        "item_neighbours.palate",
        "popularity.palate",
    }
    again = palate("recommend", "--load", files / "models", "--json")
    assert json.loads(again.out) == json.loads(said.out)
    one = palate("recommend", "--load", files / "models" / "popularity.palate", "--json")
    assert json.loads(one.out) == [row for row in json.loads(said.out) if row["system"] == "popularity"]


def test_one_recommender_goes_to_one_file(palate, files):
    arguments = ("recommend", "-i", files / "seen.csv", "--model", "popularity")
    assert palate(*arguments, "--save", files / "pop.palate").code == 0
    assert (files / "pop.palate").is_file()
    twice = palate("recommend", "--load", files / "pop.palate", "--load", files / "pop.palate")
    assert twice.code == 2
    assert "Two of the saved recommenders are called popularity" in twice.err
    said = palate(*arguments, "--model", "random", "--save", files / "two.palate")
    assert said.code == 2
    assert "name a folder" in said.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Name the interactions with -i FILE, or what was saved with --load"),
        (["--load", "m.palate", "--model", "als"], "leave out --model"),
        (["--load", "m.palate", "--most", "3"], "leave out the settings of values"),
        (["--load", "."], "no saved recommender (*.palate)"),
        (["--load", "none.palate"], "none.palate"),
        (["-i", "seen.csv", "--least", "99"], "'least' is 99, and the highest value is 5"),
        (["-i", "seen.csv", "--half-life-days", "-1"], "'half_life_days'"),
    ],
)
def test_mistakes_are_one_message(palate, files, monkeypatch, arguments, message):
    monkeypatch.chdir(files)
    said = palate("recommend", *arguments)
    assert said.code == 2
    assert message in " ".join(said.err.split())
    assert "Traceback" not in said.err


def test_parts_make_the_same_file_as_a_whole(palate, files, monkeypatch):
    arguments = (
        "recommend",
        "-i",
        files / "seen.csv",
        "--model",
        "popularity",
        "--model",
        "ease",
        "--top",
        3,
    )
    assert palate(*arguments, "-o", files / "whole.parquet").code == 0
    monkeypatch.setattr(_parts, "_PART_ROWS", 2)
    monkeypatch.setattr("palate.recommend._rank._BLOCK_CELLS", 9)
    said = palate(*arguments, "-o", files / "parts.parquet")
    assert said.code == 0
    whole = pl.read_parquet(files / "whole.parquet")
    assert pl.read_parquet(files / "parts.parquet").equals(whole)
    assert f"{len(whole)} recommendations" in said.err
    assert palate(*arguments, "-o", files / "parts.csv").code == 0
    assert pl.read_csv(files / "parts.csv").height == len(whole)
    assert not [path.name for path in files.iterdir() if path.name.startswith(".palate")]


def test_values_are_weighed_and_what_is_left_out_is_still_seen(palate, tmp_path):
    (tmp_path / "seen.csv").write_text(
        "user,item,value\nann,good,5\nann,bad,1\nbob,good,5\nbob,bad,5\nbob,new,5\ncleo,bad,1\n"
    )
    said = palate("recommend", "-i", tmp_path / "seen.csv", "--model", "popularity", "--least", 3, "--json")
    assert said.code == 0
    assert "Note: 2 interactions of a value below 3 not learned from." in said.err
    rows = [(row["query"], row["item"], row["score"]) for row in json.loads(said.out)]
    assert rows == [("ann", "new", 1.0), ("cleo", "good", 2.0), ("cleo", "new", 1.0)]


def test_candidates_of_whom_nothing_is_known_are_noted(palate, tmp_path):
    (tmp_path / "seen.csv").write_text("user,item\nann,1\nbob,1\nbob,2\n")
    (tmp_path / "wanted.csv").write_text("user,item\nann,2\neve,1\neve,9\n")
    said = palate(
        "recommend",
        "-i",
        tmp_path / "seen.csv",
        "--model",
        "popularity",
        "--candidates",
        tmp_path / "wanted.csv",
        "--json",
    )
    assert said.code == 0
    assert len(json.loads(said.out)) == 3
    assert "Note: 1 user of 2 has no interactions: scored as users are on average." in said.err
    assert "Note: 1 item of 3 is unknown: ranked last." in said.err
