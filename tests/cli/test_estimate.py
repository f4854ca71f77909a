import json

import polars as pl
import pytest


@pytest.fixture
def sampled(files):
    """Judgments of the runs a and b of ``files``: of query 1's items, y was taken with probability one half."""
    rows = {"query": [1, 1, 2, 3], "item": ["x", "y", "x", "z"], "grade": [1, 1, 1, 0]}
    table = pl.DataFrame(rows).with_columns(inclusion=pl.Series([1.0, 0.5, 1.0, 1.0]))
    table.write_csv(files / "sampled.csv")
    table.drop("inclusion").write_csv(files / "judged.csv")
    table.select("query", "item", "inclusion", task="item").write_csv(files / "tasks.csv")
    return files


def _runs(files, judgments):
    return ("-r", files / "a.trec", "-r", files / "b.trec", "-j", files / judgments)


def test_what_was_drawn_stands_for_what_was_not(palate, sampled):
    wanted = ("--measure", "P@2", "--estimator", "horvitz-thompson", "--json")
    found = json.loads(palate("estimate", *_runs(sampled, "sampled.csv"), *wanted).out)
    values = {row["system"]: row["value"] for row in found["summary"]}
    # y counts twice: query 1 has (1 + 2) / 2, query 2 has 1 / 2, query 3 has 0
    assert values == pytest.approx({"a": 2 / 3, "b": 2 / 3})


def test_inclusions_may_come_from_the_tasks(palate, sampled):
    wanted = ("--measure", "P@2", "--json")
    own = palate("estimate", *_runs(sampled, "sampled.csv"), *wanted)
    theirs = palate("estimate", *_runs(sampled, "judged.csv"), "--tasks", sampled / "tasks.csv", *wanted)
    assert json.loads(own.out)["summary"] == json.loads(theirs.out)["summary"]


def test_people_read_sentences_and_tables_and_values_are_written(palate, sampled):
    said = palate("estimate", *_runs(sampled, "sampled.csv"), "-m", "P@2", "-o", sampled / "values.csv")
    assert said.code == 0, said.err
    assert " on P@2 by " in said.out
    assert "Estimated from the sample" in said.out
    assert len(pl.read_csv(sampled / "values.csv")) == 6


@pytest.mark.parametrize(
    ("judgments", "more", "text"),
    [
        ("judged.csv", (), "inclusion"),
        ("sampled.csv", ("-m", "AP"), "AP"),
        ("sampled.csv", ("--estimator", "mean"), "'estimator' must be"),
    ],
)
def test_what_cannot_be_estimated_is_said(palate, sampled, judgments, more, text):
    said = palate("estimate", *_runs(sampled, judgments), *more)
    assert said.code == 2
    assert text in said.err


def test_evaluate_says_that_judgments_are_a_sample(palate, sampled):
    said = palate("evaluate", *_runs(sampled, "sampled.csv"), "-m", "P@2")
    assert "1 of 4 judgments were drawn by chance" in said.err
    assert "drawn by chance" not in palate("evaluate", *_runs(sampled, "judged.csv"), "-m", "P@2").err
