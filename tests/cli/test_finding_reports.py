"""``--report`` and ``--picture`` of the commands that find verdicts, estimates, bounds, worths, effects and preferences."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from bandit_logs import bandit, bandit_log, policy_table
from html_tree import Tree
from judged_worlds import judged_world


@pytest.fixture
def everything(files):
    """What every command reads: small files, written once."""
    made = judged_world()
    made.some_people(100).write_csv(files / "people.csv")
    made.judge.write_csv(files / "judge.csv")
    for name, run in made.runs.items():
        run.write_csv(files / f"{name}.csv")
    grades = [(q, i, w, int(i == "x" or q == 3)) for q in (1, 2, 3) for i in "xyz" for w in ("w1", "w2")]
    pl.DataFrame(grades, schema=["query", "item", "annotator", "label"], orient="row").write_csv(
        files / "said.csv"
    )
    sure = pl.DataFrame(grades, schema=["query", "item", "annotator", "label"], orient="row").unique(
        ["query", "item"]
    )
    sure.select("query", "item", p_0=0.9 - 0.8 * pl.col("label"), p_1=0.1 + 0.8 * pl.col("label")).write_csv(
        files / "p.csv"
    )
    drawn = {
        "query": [1, 1, 2, 3],
        "item": ["x", "y", "x", "z"],
        "grade": [1, 1, 1, 0],
        "inclusion": [1, 0.5, 1, 1],
    }
    pl.DataFrame(drawn, strict=False).write_csv(files / "drawn.csv")
    (files / "side.csv").write_text(
        "query,left,right,label,annotator\n1,a,b,left,w1\n2,a,b,left,w1\n3,a,b,tie,w1\n"
    )
    users = range(60)
    events = {
        "user": users,
        "variant": ["ab"[u % 2] for u in users],
        "seconds": [9 + 2 * (u % 2) + u % 5 for u in users],
    }
    pl.DataFrame(events).write_csv(files / "events.csv")
    credited = {
        "impression": users,
        "item": ["x"] * 60,
        "clicks": [1] * 60,
        "credit": [1.0 if u % 3 else -1.0 for u in users],
    }
    pl.DataFrame(credited).write_csv(files / "clicks.csv")
    clicks, logging, target = bandit(1)
    bandit_log(clicks, logging, 200, np.random.default_rng(0)).write_csv(files / "log.csv")
    policy_table(target).write_csv(files / "policy.csv")
    return files


RUNS = ("-r", "{}/a.trec", "-r", "{}/b.trec")
JUDGE = ("--human", "{}/people.csv", "--model", "{}/judge.csv")
COMMANDS = {
    "verdict": ("verdict", *RUNS, "-a", "{}/said.csv"),
    "verdict of judgments": ("verdict", *RUNS, "-j", "{}/p.csv"),
    "estimate": ("estimate", *RUNS, "-j", "{}/drawn.csv", "-m", "P@2"),
    "bounds": ("bounds", *RUNS, "-j", "{}/q.txt", "-m", "P@2"),
    "measure-agreement": (
        "measure-agreement",
        "{}/side.csv",
        *RUNS,
        "-j",
        "{}/q.txt",
        "-m",
        "RR",
        "-m",
        "R@2",
    ),
    "judge-worth": ("judge-worth", *JUDGE),
    "judge-assisted": ("judge-assisted", "-r", "{}/a.csv", "-r", "{}/b.csv", *JUDGE, "-m", "P@5"),
    "ab": ("ab", "{}/events.csv", "-m", "seconds"),
    "interleave": ("interleave", "score", "{}/clicks.csv"),
    "off-policy": ("off-policy", "{}/log.csv", "-p", "{}/policy.csv"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_page_claims_what_the_command_says(palate, everything, name):
    command, page = [part.format(everything) for part in COMMANDS[name]], everything / "page.html"
    said = palate(*command, "--report", page)
    assert said.code == 0, said.err
    assert f"Report: {page}" in said.err
    claim = Tree(page.read_text()).root.all("h1")[0].text
    assert claim in " ".join((said.out + said.err).split())
    assert str(everything) not in page.read_text()


@pytest.mark.parametrize("name", COMMANDS)
def test_report_that_is_neither_page_nor_picture_is_refused_before_work(palate, everything, name):
    command = [part.format(everything) for part in COMMANDS[name]]
    said = palate(*command, "--report", everything / "page.pdf", "-o", everything / "out.csv")
    assert said.code == 2
    assert "A page ends in .html, a picture in .svg or .png" in said.err
    assert not (everything / "out.csv").exists()


def test_picture_of_an_experiment(palate, everything):
    picture = everything / "effects.svg"
    assert palate("ab", everything / "events.csv", "-m", "seconds", "--picture", picture).code == 0
    assert "Change against a" in picture.read_text()


def test_page_of_many_runs_counts_them(palate, everything):
    runs = []
    for place in range(6):
        path = everything / f"run{place}.trec"
        path.write_text((everything / "a.trec").read_text().replace(" a\n", f" s{place}\n"))
        runs += ["-r", path]
    page = everything / "page.html"
    said = palate("bounds", *runs, "-j", everything / "q.txt", "-m", "P@2", "--report", page)
    assert said.code == 0, said.err
    assert "run4.trec, and 2 more" in Tree(page.read_text()).root.all("header")[0].text
