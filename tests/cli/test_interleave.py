from __future__ import annotations

import json

import polars as pl
import pytest


def make(palate, files, *more):
    return palate("interleave", "make", "--run", files / "a.trec", "--run", files / "b.trec", *more)


@pytest.fixture
def log(palate, files):
    """Lists of the two runs, and a log in which people click on the item x, two times in three."""
    lists = files / "lists.csv"
    assert make(palate, files, "-o", lists).code == 0
    shown = pl.read_csv(lists).filter(pl.col("query") < 3)
    impressions = pl.DataFrame({"impression": range(200), "list": [1 + i % 20 for i in range(200)]})
    rows = impressions.join(shown, on="list", maintain_order="left").select(
        "impression",
        "list",
        "item",
        ((pl.col("item") == "x") & (pl.col("impression") % 3 > 0)).cast(int).alias("clicks"),
        (pl.col("impression") // 2).alias("user"),
    )
    rows.write_csv(files / "log.csv")
    return files / "log.csv"


@pytest.mark.parametrize("method", ["team-draft", "probabilistic", "optimized"])
def test_lists_are_made_by_every_method(palate, files, method):
    said = make(palate, files, "--method", method, "--length", 2, "--lists", 3, "--json")
    assert said.code == 0
    rows = json.loads(said.out)["lists"]
    assert {row["list"] for row in rows} == set(range(1, 10))
    assert {(row["system"], row["other"]) for row in rows} == {("a", "b")}
    assert all(row["rank"] in (1, 2) for row in rows)


def test_the_same_seed_makes_the_same_lists(palate, files):
    first, same, other = (make(palate, files, "--seed", seed, "--json").out for seed in (1, 1, 2))
    assert first == same != other


def test_clicks_name_the_winner(palate, files, log):
    said = palate("interleave", "score", log, "--lists", files / "lists.csv")
    assert said.code == 0
    assert "People prefer a to b: +" in said.err
    assert "from 200 impressions of 100 users" in said.err
    found = json.loads(palate("interleave", "score", log, "--lists", files / "lists.csv", "--json").out)
    assert found["winner"] == "a"
    assert found["credit"]["low"] > 0


def test_intervals_by_bootstrap_and_for_any_look(palate, files, log):
    def width(*more):
        out = palate("interleave", "score", log, "-l", files / "lists.csv", *more, "--json").out
        credit = json.loads(out)["credit"]
        return credit["high"] - credit["low"]

    assert width("--bootstrap") == pytest.approx(width(), rel=0.2)
    assert width("--sequential", "--planned-units", 100) > 1.2 * width()


def test_the_result_is_saved(palate, files, log):
    out = files / "found.csv"
    assert palate("interleave", "score", log, "-l", files / "lists.csv", "-o", out).code == 0
    assert pl.read_csv(out)["winner"].to_list() == ["a"]


def test_mistakes_are_one_message(palate, files, log):
    said = palate("interleave", "score", log)
    assert said.code == 2
    assert "credit" in said.err
    (files / "one.csv").write_text("impression,item,clicks,credit\n1,x,1,1\n")
    said = palate("interleave", "score", files / "one.csv")
    assert said.code == 2
    assert "one.csv: A preference needs at least two impressions" in said.err
    said = palate("interleave", "make", "--run", files / "a.trec")
    assert said.code == 2
    assert "Interleaving takes the runs of two systems; there are 1: a" in said.err
    said = make(palate, files, "--method", "balanced")
    assert said.code == 2
    assert "There is no way to interleave named 'balanced'" in said.err


@pytest.fixture
def three(palate, files):
    """Lists of three runs, and a log in which people click on the item x, two times in three."""
    (files / "c.trec").write_text((files / "b.trec").read_text().replace(" b\n", " c\n"))
    lists = files / "lists.csv"
    said = make(palate, files, "--run", files / "c.trec", "--length", 1, "--lists", 20, "-o", lists)
    assert said.code == 0
    impressions = pl.DataFrame({"impression": range(300), "list": [1 + i % 20 for i in range(300)]})
    impressions.join(pl.read_csv(lists), on="list", maintain_order="left").select(
        "impression",
        "list",
        "item",
        ((pl.col("item") == "x") & (pl.col("impression") % 3 > 0)).cast(int).alias("clicks"),
        (pl.col("impression") // 2).alias("user"),
    ).write_csv(files / "log.csv")
    return files


def test_three_systems_are_compared_pair_by_pair(palate, three):
    asked = ("interleave", "score", three / "log.csv", "--lists", three / "lists.csv")
    said = palate(*asked)
    assert said.code == 0
    assert "adjusted_p" in said.out
    assert "People prefer a to b: +" in said.err
    assert "People prefer a to c: +" in said.err
    found = json.loads(palate(*asked, "--json").out)
    assert [pair["winner"] for pair in found["pairs"]] == ["a", "a", None]
    assert found["correction"] == "holm"
    assert palate(*asked, "-o", three / "found.csv").code == 0
    assert len(pl.read_csv(three / "found.csv")) == 3
    assert palate(*asked, "--report", three / "page.html").code == 0
    page = (three / "page.html").read_text()
    assert "People prefer a to b" in page
    assert "2 of 3" in page  # pairs told apart


def test_what_three_systems_do_not_have_is_said(palate, three):
    more = ("--run", three / "c.trec", "--method", "optimized")
    said = make(palate, three, *more)
    assert said.code == 2
    assert "mixed by --method team-draft only; there are 3, and the method is 'optimized'" in said.err
    asked = ("interleave", "score", three / "log.csv", "--lists", three / "lists.csv")
    assert "holm" in palate(*asked, "--correction", "bonferoni").err
