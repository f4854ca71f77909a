from __future__ import annotations

import json

import polars as pl
import pytest


@pytest.fixture
def runs(tmp_path):
    """Two systems, 12 queries, 8 items each, as TREC and CSV files."""
    for system, step in (("a", 1), ("b", 3)):
        lines = [f"q{q} Q0 d{(i * step) % 8} {i + 1} {8 - i} {system}\n" for q in range(12) for i in range(8)]
        (tmp_path / f"{system}.trec").write_text("".join(lines))
    traffic = "".join(f"q{q},{1000 // (q + 1)}\n" for q in range(12))
    (tmp_path / "traffic.csv").write_text("query,traffic\n" + traffic)
    return tmp_path


def _two(runs):
    return ("sample", "-r", runs / "a.trec", "-r", runs / "b.trec")


def test_budget_and_price_say_how_many_tasks(palate, runs):
    said = palate(
        *_two(runs),
        "--sampler",
        "importance",
        "--budget",
        "6",
        "--price",
        "0.05",
        "--overlap",
        "3",
        "-o",
        runs / "t.csv",
    )
    assert said.code == 0, said.err
    tasks = pl.read_csv(runs / "t.csv")
    assert len(tasks) == 40
    assert "40 tasks for 12 queries, inclusion " in said.err
    assert "; 120 answers for $6.00." in said.err


def test_a_page_of_ten_costs_what_the_price_says(palate, runs):
    wanted = ("--sampler", "importance", "--budget", "0.15", "--price", "0.05", "--page", "10")
    said = palate(*_two(runs), *wanted, "-o", runs / "t.csv")
    assert said.code == 0, said.err
    assert len(pl.read_csv(runs / "t.csv")) == 30
    assert "; 30 answers for $0.15." in said.err


def test_sampler_without_a_count_is_refused_above_the_budget(palate, runs):
    said = palate(*_two(runs), "--set", "depth=3", "--budget", "1", "--price", "0.05")
    assert said.code == 2
    assert "depth-pool takes " in said.err
    assert "$1 buys 20. Lower its depth" in said.err
    fits = palate(*_two(runs), "--set", "depth=1", "--budget", "1", "--price", "0.05", "--json")
    assert len(json.loads(fits.out)) == 12


def test_queries_are_drawn_by_traffic_and_tasks_know_it(palate, runs):
    out = runs / "t.csv"
    said = palate(
        *_two(runs),
        "--queries",
        runs / "traffic.csv",
        "--query-count",
        "5",
        "--set",
        "depth=2",
        "--seed",
        "3",
        "-o",
        out,
    )
    assert said.code == 0, said.err
    tasks = pl.read_csv(out)
    assert tasks["query"].n_unique() == 5
    assert tasks.columns == [
        "task",
        "query",
        "item",
        "inclusion",
        "traffic",
        "query_stratum",
        "query_inclusion",
    ]
    assert (tasks["inclusion"] == tasks["query_inclusion"]).all()  # the pool itself leaves nothing to chance
    assert "for 5 queries" in said.err
    plain = palate(*_two(runs), "--query-count", "3", "--json")
    assert {task["query_inclusion"] for task in json.loads(plain.out)} == {0.25}


def test_frame_holds_what_could_be_drawn(palate, runs):
    said = palate(
        *_two(runs),
        "--sampler",
        "uniform",
        "--set",
        "count=10",
        "--frame",
        runs / "f.csv",
        "-o",
        runs / "t.csv",
    )
    assert said.code == 0, said.err
    frame = pl.read_csv(runs / "f.csv")
    assert len(frame) == 96
    assert frame["inclusion"].unique().to_list() == pytest.approx([10 / 96])
    said = palate(*_two(runs), "--sampler", "swiss", "--frame", runs / "f.csv")
    assert said.code == 2
    assert "--frame is for samplers that know the inclusion" in said.err


def test_rounds_go_on_from_what_was_found(palate, runs):
    (runs / "j.csv").write_text("query,item,grade\nq0,d0,1\n")
    first = json.loads(palate(*_two(runs), "--sampler", "move-to-front", "--json").out)
    second = json.loads(
        palate(*_two(runs), "--sampler", "move-to-front", "--found", runs / "j.csv", "--json").out
    )
    assert ("q0", "d0") in {(t["query"], t["item"]) for t in first}
    assert {t["item"] for t in second if t["query"] == "q0"} == {"d1", "d3"}
    assert "inclusion" not in second[0]
    (runs / "c.csv").write_text("left,right,label,query\nd0,d1,left,q0\nd0,d1,maybe,q0\n")
    said = palate(*_two(runs), "--sampler", "active-pairs", "--found", runs / "c.csv")
    assert said.code == 2
    assert f"{runs / 'c.csv'}" in said.err
    assert "must be left, right or tie" in said.err


def test_pairs_of_items_within_the_money(palate, runs):
    for sampler in ("all-pairs", "active-pairs"):
        said = palate(*_two(runs), "--sampler", sampler, "--budget", "2", "--price", "0.10", "--json")
        assert len(json.loads(said.out)) == 20


def test_run_without_ranks_is_ranked_by_score(palate, runs):
    (runs / "s.csv").write_text("query,item,score\nq0,x,0.1\nq0,y,0.9\nq0,z,0.5\n")
    said = palate("sample", "-r", runs / "s.csv", "--set", "depth=2", "--json")
    assert [task["item"] for task in json.loads(said.out)] == ["y", "z"]
    (runs / "n.csv").write_text("query,item\nq0,x\n")
    said = palate("sample", "-r", runs / "n.csv")
    assert said.code == 2
    assert "rank or a score" in said.err


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--budget", "5"], "--budget needs --price"),
        (["--budget", "x", "--price", "1"], "--budget takes dollars, such as 0.05; it got 'x'"),
        (["--price", "0"], "--price must be above 0"),
        (["--budget", "0.04", "--price", "0.05"], "buys no task"),
        (["--sampler", "uniform", "--set", "count=5", "--budget", "5", "--price", "1"], "not both"),
        (["--queries", "traffic.csv"], "--queries needs --query-count"),
        (["--found", "traffic.csv"], "--found is for samplers that choose by answers"),
        (["--sampler", "importance", "--set", "depth=3"], "'depth' must be at least the cutoff"),
        (
            ["--sampler", "importance", "--set", "measure=ERR"],
            "'measure' of the sampler 'importance' must be one of",
        ),
        (["--sampler", "best"], "There is no sampler named 'best'"),
        (["--query-count", "5", "--queries", "other.csv"], "None of the queries is in the runs"),
    ],
)
def test_mistakes_are_named(palate, runs, options, text):
    (runs / "other.csv").write_text("query,traffic\nz1,5\nz2,4\n")
    files = [runs / option if option.endswith(".csv") else option for option in options]
    said = palate(*_two(runs), *files)
    assert said.code == 2
    assert text in said.err


def test_one_system_has_no_differences_and_no_side_by_side(palate, runs):
    for options, text in (
        (["--sampler", "importance", "--set", "differences=true"], "Differences need at least two systems"),
        (["--sampler", "side-by-side"], "nothing to compare side by side"),
    ):
        said = palate("sample", "-r", runs / "a.trec", *options)
        assert said.code == 2
        assert text in said.err
