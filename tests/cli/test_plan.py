from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from simulated_pilot import simulated_study


@pytest.fixture
def pilot(tmp_path):
    """A pilot of 40 queries by 8 annotators, as files."""
    study = simulated_study(np.random.default_rng(1), 40, 3, 8, ranked_by_b=3)
    study.answers.select("task", "annotator", "label").write_csv(tmp_path / "answers.csv")
    study.answers.select("task", "query", "item").unique().write_csv(tmp_path / "tasks.csv")
    for name in "ab":
        study.runs.filter(pl.col("system") == name).write_csv(tmp_path / f"{name}.csv")
    return tmp_path


def test_without_a_pilot_a_plan_rests_on_what_is_usual(palate):
    said = palate("plan", "--difference", "0.02", "--price", "0.05", "--page", "10")
    assert said.code == 0
    first = said.out.splitlines()[0]
    assert first.startswith("To see a difference of 0.02 on nDCG@10 with 80% power, judge ")
    assert first.endswith(".")
    assert "cheapest" in said.out
    assert "palate sample --run a.trec --run b.trec --set depth=10 -o tasks.csv" in said.out
    assert "Note: Nothing is measured yet" in said.err


def test_a_pilot_of_answers_gives_designs_and_an_interval(palate, pilot):
    answers = ("--pilot", pilot / "answers.csv", "--tasks", pilot / "tasks.csv")
    runs = ("--run", pilot / "a.csv", "--run", pilot / "b.csv")
    asked = ("plan", "-d", "0.5", "-m", "DCG@5", "--price", "0.10", "--annotators", "30", *answers, *runs)
    said = palate(*asked, "-o", pilot / "designs.csv")
    assert said.code == 0
    assert "95 of 100 pilots like this one would ask for" in said.out
    assert f"palate sample --run {pilot / 'a.csv'} --run {pilot / 'b.csv'} --set depth=5" in said.out
    designs = pl.read_csv(pilot / "designs.csv")
    assert designs["overlap"].to_list() == [1, 2, 3, 5]
    assert designs["cheapest"].sum() == 1
    found = json.loads(palate(*asked, "--json", "--overlap", "2", "--depth", "3").out)
    assert [(d["depth"], d["overlap"]) for d in found["designs"]] == [(3, 2), (5, 2)]
    assert found["spread"]["queries"] == 40
    low, high = found["queries_interval"]
    assert low <= found["cheapest"]["queries"] <= high


def test_values_of_a_pilot_are_enough(palate, files):
    palate(
        "evaluate",
        "-r",
        files / "a.trec",
        "-r",
        files / "b.trec",
        "-j",
        files / "q.txt",
        "-o",
        files / "v.csv",
    )
    said = palate(
        "plan", "-d", "0.1", "--values", files / "v.csv", "--items", "2", "--overlap", "2", "--json"
    )
    assert said.code == 0
    found = json.loads(said.out)
    values = pl.read_csv(files / "v.csv").filter(pl.col("measure") == "nDCG@10")
    wide = values.pivot("system", index="query", values="value")
    assert found["spread"]["depths"][0]["spread"]["query"] == pytest.approx((wide["a"] - wide["b"]).std())
    assert found["cheapest"]["overlap"] == 2
    assert "3 queries only" in said.err


def test_no_design_is_said_not_an_error(palate):
    said = palate("plan", "-d", "0.02", "--queries", "100")
    assert said.code == 0
    assert said.out.startswith("No design shows a difference of 0.02 on nDCG@10 with 80% power: ")
    assert "Next:" not in said.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("-d", "0"), "'difference' must be a number above 0"),
        (("-d", "0.1", "--power", "80"), "The power must be between 0 and 1"),
        (("-d", "0.1", "--price", "cheap"), "--price takes dollars, such as 0.05; it got 'cheap'"),
        (("-d", "0.1", "--pilot", "x.csv"), "--pilot needs the runs"),
        (("-d", "0.1", "--pilot", "x.csv", "--values", "y.csv"), "not both"),
        (("-d", "0.1", "--tasks", "t.csv"), "belong to a pilot's answers"),
        (("-d", "0.1", "--pilot", "x.csv", "--run", "a", "--items", "3"), "leave --items out"),
        (
            ("-d", "0.1", "--values", "y.csv", "--overlap", "1", "--overlap", "2"),
            "do not tell overlaps apart",
        ),
        (("-d", "0.1", "--items", "0"), "'items' must be a number above 0"),
        (("-d", "0.1", "--measure", "nddcg"), "There is no measure named 'nddcg'"),
        (("-d", "0.1", "--values", "none.csv"), "none.csv"),
    ],
)
def test_mistakes_are_told(palate, options, message):
    said = palate("plan", *options)
    assert said.code == 2
    assert message in said.err
