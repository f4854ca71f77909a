"""How alike two runs rank, from the shell."""

import json

import polars as pl
import pytest


def test_means_over_shared_queries_with_bounds(palate, files):
    said = palate(
        "rank-similarity", files / "a.trec", files / "b.trec", "-m", "RBO(p=0.5)", "-m", "Kendall", "--json"
    )
    found = {row["measure"]: row for row in json.loads(said.out)["summary"]}
    # query 1: x y, y x (overlaps 0, 2); query 2: x, y x; query 3: z, z
    assert found["RBO(p=0.5)"]["value"] == pytest.approx((1 / 2 + 1 / 4 + 1) / 3)
    assert found["RBO(p=0.5)"]["low"] < found["RBO(p=0.5)"]["value"] < found["RBO(p=0.5)"]["high"]
    assert found["Kendall"] == {"measure": "Kendall", "value": -1, "low": None, "high": None, "queries": 1}
    assert "Kendall has no value for 2 of 3 queries: the rankings share too few items." in said.err


def test_ties_are_said_and_every_query_is_written(palate, files):
    (files / "tied.trec").write_text("1 Q0 x 1 2.0 t\n1 Q0 y 2 2.0 t\n")
    out = files / "similar.csv"
    said = palate("rank-similarity", files / "a.trec", files / "tied.trec", "-o", out)
    assert said.code == 0
    assert "tied.trec ties scores in 1 query; there ids order the items" in said.err
    assert pl.read_csv(out).columns == ["query", "measure", "value", "low", "high"]


@pytest.mark.parametrize(
    ("run", "arguments", "message"),
    [
        ("7 Q0 x 1 2.0 t\n", [], "share no query"),
        ("1 Q0 x 1 2.0 t\n", ["-m", "nDCG@10"], "no measure of similarity named 'nDCG'"),
    ],
)
def test_what_cannot_be_compared_is_refused(palate, files, run, arguments, message):
    (files / "other.trec").write_text(run)
    said = palate("rank-similarity", files / "a.trec", files / "other.trec", *arguments)
    assert said.code == 2
    assert message in said.err
