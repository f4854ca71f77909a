import json

import numpy as np
import polars as pl
import pytest


@pytest.fixture
def runs(tmp_path):
    """Three runs over 60 queries of 8 items; ``good`` finds the relevant one first on even queries, the others by chance."""
    rng = np.random.default_rng(4)
    lines = {name: [] for name in ("good", "poor", "same")}
    qrels, segments = [], ["query,segment"]
    for query in range(60):
        qrels += [f"{query} 0 d{item} {int(item == 0)}" for item in range(8)]
        segments.append(f"{query},{'even' if query % 2 == 0 else 'odd'}")
        for name, rows in lines.items():
            scores = rng.random(8)
            scores[0] += name == "good" and query % 2 == 0
            rows += [f"{query} Q0 d{item} 1 {score:.4f} {name}" for item, score in enumerate(scores)]
    for name, rows in lines.items():
        (tmp_path / f"{name}.trec").write_text("\n".join(rows) + "\n")
    (tmp_path / "q.txt").write_text("\n".join(qrels) + "\n")
    (tmp_path / "segments.csv").write_text("\n".join(segments) + "\n")
    return tmp_path


def compare(palate, folder, *options, systems=("good", "poor")):
    named = [part for name in systems for part in ("-r", folder / f"{name}.trec")]
    return palate("compare", *named, "-j", folder / "q.txt", "-m", "RR", *options)


def test_one_comparison_says_its_verdict_and_its_size(palate, runs):
    said = compare(palate, runs)
    assert said.code == 0
    assert said.out.startswith("good beats poor on RR by +0.")
    assert "adjusted" not in said.out
    title, _, header = said.out.splitlines()[1:4]
    assert title.strip() == "Over 60 queries"
    assert header.split() == [
        "measure",
        "system",
        "other",
        "difference",
        "low",
        "high",
        "p",
        "d",
        "won",
        "better",
    ]


@pytest.mark.parametrize(
    "test", ["paired-bootstrap", "bca-bootstrap", "randomization", "paired-t", "wilcoxon", "sign"]
)
def test_every_test_has_a_name(palate, runs, test):
    said = compare(palate, runs, "--test", test, "--json")
    verdict = json.loads(said.out)["verdicts"][0]
    assert verdict["method"]["name"] == test.replace("-", "_")
    assert verdict["better"] == "good"


def test_rank_tests_say_what_they_are_about(palate, runs):
    said = compare(palate, runs, "--test", "wilcoxon")
    assert "good beats poor on RR by a pseudo-median of +" in said.out
    assert "Over 60 queries, the difference is the pseudo-median where systems differ" in said.out


def test_three_systems_are_adjusted_for_by_holm(palate, runs):
    said = compare(palate, runs, "--json", systems=("good", "poor", "same"))
    verdicts = json.loads(said.out)["verdicts"]
    assert [v["multiplicity"]["correction"] for v in verdicts] == ["holm"] * 3
    smallest = min(verdicts, key=lambda v: v["p_value"])
    assert smallest["multiplicity"]["p_value"] == pytest.approx(3 * smallest["p_value"])
    shown = compare(palate, runs, systems=("good", "poor", "same")).out
    assert "adjusted for 3 comparisons" in shown
    assert "Over 60 queries, p and intervals are adjusted" in shown


def test_the_correction_can_be_chosen_or_left_out(palate, runs):
    many = ("good", "poor", "same")
    found = json.loads(compare(palate, runs, "--correction", "BH", "--json", systems=many).out)["verdicts"]
    assert {v["multiplicity"]["correction"] for v in found} == {"bh"}
    found = json.loads(compare(palate, runs, "--correction", "none", "--json", systems=many).out)["verdicts"]
    assert {v["multiplicity"] for v in found} == {None}


def test_without_a_winner_it_says_what_more_is_needed(palate, runs):
    said = compare(palate, runs, systems=("poor", "same"))
    assert said.out.startswith("No winner yet: ")
    assert "more queries would be needed" in said.out


def test_segments_have_verdicts_and_are_compared(palate, runs):
    said = compare(palate, runs, "--segments", runs / "segments.csv")
    assert said.code == 0
    assert "The difference of good and poor on RR is not the same in all 2 segments (p = 0.0001)" in said.out
    rows = [line.split() for line in said.out.splitlines() if line.strip().startswith(("even", "odd"))]
    assert [(row[0], row[-1]) for row in rows] == [("even", "good"), ("odd", "–")]


def test_many_segment_tests_are_summed_up(palate, runs):
    said = compare(palate, runs, "--segments", runs / "segments.csv", systems=("good", "poor", "same"))
    assert "In 1 of 3 comparisons segments are not shown to differ" in said.out


def test_segments_are_in_the_json_and_in_the_file(palate, runs):
    out = runs / "found.csv"
    said = compare(palate, runs, "--segments", runs / "segments.csv", "--json", "-o", out)
    found = json.loads(said.out)
    assert [row["segment"] for row in found["segments"]] == ["even", "odd"]
    assert found["heterogeneity"][0]["differ"] is True
    assert str(runs / "segments.csv") in found["segments"][0]["data"]
    rows = pl.read_csv(out)
    assert rows["segment"].to_list() == [None, "even", "odd"]
    assert rows["queries"].to_list() == [60, 30, 30]
    assert {"p_value", "cohen_d", "hedges_g", "won", "ties", "more_needed"} <= set(rows.columns)


def test_queries_without_segment_are_noted(palate, runs):
    (runs / "few.csv").write_text("query,segment\n1,odd\n3,odd\n")
    said = compare(palate, runs, "--segments", runs / "few.csv")
    assert "58 of 60 queries are in no segment" in said.err


def test_one_query_is_no_comparison(palate, runs):
    (runs / "q.txt").write_text("1 0 d0 1\n")
    said = compare(palate, runs)
    assert said.code == 2
    assert "How far queries differ cannot be seen from one" in said.err


def test_the_same_run_twice_ties_everywhere(palate, runs):
    (runs / "copy.trec").write_text((runs / "good.trec").read_text().replace(" good", " copy"))
    said = compare(palate, runs, systems=("good", "copy"))
    assert "have the same RR on each of 60 queries" in said.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--correction", "hom"], "There is no correction named 'hom'. Did you mean holm?"),
        (["--test", "wilcoxn"], "There is no paired test named 'wilcoxn'. Did you mean wilcoxon?"),
        (["--segments", "nowhere.csv"], "nowhere.csv"),
    ],
)
def test_mistakes_are_explained(palate, runs, options, message):
    said = compare(palate, runs, *options)
    assert said.code == 2
    assert message in said.err
    assert said.out == ""
