import json

import pytest


@pytest.fixture
def pairs(files):
    """Comparisons of the runs a and b of ``files``: on query 1 and 2 people prefer a, as RR does."""
    (files / "side.csv").write_text(
        "query,left,right,label,annotator\n1,a,b,left,w1\n1,b,a,right,w2\n2,a,b,left,w1\n3,a,b,tie,w1\n"
    )
    return files


def from_runs(pairs, *more) -> tuple:
    return (
        "measure-agreement",
        pairs / "side.csv",
        "-r",
        pairs / "a.trec",
        "-r",
        pairs / "b.trec",
        "-j",
        pairs / "q.txt",
        *more,
    )


def test_runs_and_judgments_are_measured_and_held_against_people(palate, pairs):
    said = palate(*from_runs(pairs, "-m", "RR", "-m", "R@2"))
    assert said.code == 0
    assert said.out.startswith("RR names the preferred system in 100.0% of 2 pairs")
    assert "One measure less another" in said.out
    found = json.loads(palate(*from_runs(pairs, "-m", "RR", "-m", "R@2", "--json")).out)
    assert {row["measure"]: row["agreement"] for row in found["measures"]} == {"RR": 1.0, "R@2": 0.5}


def test_values_are_read_and_segments_measured(palate, pairs):
    palate(
        "evaluate",
        "-r",
        pairs / "a.trec",
        "-r",
        pairs / "b.trec",
        "-j",
        pairs / "q.txt",
        "-m",
        "RR",
        "-o",
        pairs / "v.csv",
    )
    (pairs / "segments.csv").write_text("query,segment\n1,head\n2,tail\n3,tail\n")
    said = palate(
        "measure-agreement",
        pairs / "side.csv",
        "--values",
        pairs / "v.csv",
        "--segments",
        pairs / "segments.csv",
        "-o",
        pairs / "o.csv",
    )
    assert said.code == 0
    assert [line.split(",")[0] for line in (pairs / "o.csv").read_text().splitlines()[1:]] == [
        "all",
        "head",
        "tail",
    ]


@pytest.mark.parametrize(
    "arguments",
    [(), ("--values", "v.csv", "-r", "a.trec"), ("-r", "a.trec"), ("--values", "v.csv", "-m", "RR")],
)
def test_values_or_runs_are_needed(palate, pairs, arguments):
    said = palate("measure-agreement", pairs / "side.csv", *arguments)
    assert said.code == 2
    assert "Give --values, or else runs (--run) with judgments (--qrels)" in said.err


def test_comparisons_without_query_are_named_by_their_file(palate, pairs):
    said = palate(
        "measure-agreement",
        pairs / "pairs.csv",
        "-r",
        pairs / "a.trec",
        "-r",
        pairs / "b.trec",
        "-j",
        pairs / "q.txt",
    )
    assert said.code == 2
    assert "pairs.csv, column 'query': Preferences are held against values query by query" in said.err
