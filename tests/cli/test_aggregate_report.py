"""``palate aggregate --report`` and what one run hands to the next."""

from __future__ import annotations

import json

import polars as pl
import pytest
from answer_strategies import crowd
from html_tree import Tree


@pytest.fixture
def crowd_files(tmp_path):
    """150 tasks of nine annotators, 60 of them golden."""
    answers, truth, _ = crowd(1, n_tasks=150)
    answers.write_csv(tmp_path / "answers.csv")
    pl.DataFrame({"task": range(60), "label": truth[:60]}).write_csv(tmp_path / "golden.csv")
    return tmp_path


def words(path):
    """Return what the page's body says."""
    return Tree(path.read_text()).root.all("body")[0].text


def test_page_says_which_method_and_why_and_how_reliable_on_hidden_golden_labels(palate, crowd_files):
    page = crowd_files / "page.html"
    said = palate(
        "aggregate", crowd_files / "answers.csv", "--golden", crowd_files / "golden.csv", "--report", page
    )
    assert said.code == 0
    assert f"Report: {page}" in said.err
    shown = words(page)
    assert "150 judgments from 750 answers by 9 annotators" in shown
    reason = next(line for line in said.err.splitlines() if "candidates" in line).removeprefix("Note: ")
    assert reason in shown
    assert "60 golden tasks, in 5 parts" in shown
    assert "after tempering" in shown
    assert str(crowd_files) not in page.read_text()


def test_page_without_golden_tasks_says_that_answers_were_hidden(palate, crowd_files):
    page = crowd_files / "page.html"
    palate("aggregate", crowd_files / "answers.csv", "-M", "majority-vote", "--report", page)
    shown = words(page)
    assert "One answer was hidden of each of 150 tasks" in shown
    assert "a mistake that all make together is foretold well" in shown
    assert "tempering" not in shown


def test_page_of_answers_of_which_nothing_can_be_hidden_says_so(palate, tmp_path):
    (tmp_path / "one.csv").write_text("task,annotator,label\nt1,a,x\nt2,a,y\n")
    page = tmp_path / "page.html"
    assert palate("aggregate", tmp_path / "one.csv", "--report", page).code == 0
    assert "no other task has two answers" in words(page)
    assert "All answers are by one annotator" in words(page)
    assert palate("aggregate", tmp_path / "one.csv", "--report", tmp_path / "page.svg").code == 0
    assert "Share of tasks by label" in (tmp_path / "page.svg").read_text()


def test_repeated_answers_count_on_the_page_as_they_did_in_the_judgments(palate, tmp_path):
    (tmp_path / "a.csv").write_text("task,annotator,label\nt1,a,x\nt1,a,y\nt1,b,y\n")
    for policy, answers in (("first", 2), ("all", 3)):
        page = tmp_path / f"{policy}.html"
        said = palate("aggregate", tmp_path / "a.csv", "--on-duplicate", policy, "--report", page)
        assert said.code == 0
        assert f"from {answers} answers" in words(page)


def test_picture_is_the_reliability_diagram(palate, crowd_files):
    picture = crowd_files / "page.svg"
    palate(
        "aggregate", crowd_files / "answers.csv", "--golden", crowd_files / "golden.csv", "--picture", picture
    )
    assert "60 hidden golden labels" in picture.read_text()
    assert 'aria-label="Reliability diagram' in picture.read_text()


@pytest.mark.parametrize("command", ["aggregate", "agreement", "annotators"])
def test_report_that_is_neither_page_nor_picture_is_refused_before_work(palate, files, command):
    said = palate(command, files / "answers.csv", "--report", files / "page.pdf", "-o", files / "out.csv")
    assert said.code == 2
    assert "A page ends in .html, a picture in .svg" in said.err
    assert not (files / "out.csv").exists()


def test_page_comes_from_standard_input_too(palate, files):
    text = (files / "answers.csv").read_text()
    said = palate("aggregate", "-", "--report", files / "page.html", "--json", stdin=text)
    assert said.code == 0
    assert len(json.loads(said.out)["judgments"]) == 8
    assert "standard input" in words(files / "page.html")


def test_what_one_run_learns_of_annotators_the_next_one_knows(palate, crowd_files):
    answers = pl.read_csv(crowd_files / "answers.csv")
    truth = pl.read_csv(crowd_files / "golden.csv")
    monday, tuesday, known = (crowd_files / name for name in ("monday.csv", "tuesday.csv", "known.csv"))
    answers.filter(pl.col("task") < 60).write_csv(monday)
    answers.filter(pl.col("task") >= 60).write_csv(tuesday)
    said = palate(
        "aggregate", monday, "--golden", crowd_files / "golden.csv", "--save-annotators", known, "--json"
    )
    assert said.code == 0
    saved = pl.read_csv(known)
    # all these tasks are golden: the counts are those of the answers to each known label
    judged = answers.join(truth, on="task", suffix="_known")
    counted = judged.group_by("annotator", truth="label_known", label="label").len("count")
    cell = ["annotator", "truth", "label"]
    assert saved.sort(cell)["count"].to_list() == counted.sort(cell)["count"].to_list()
    with_known, without = (
        palate("aggregate", tuesday, "-M", "dawid-skene", *more, "--json")
        for more in ((("--known-annotators", known)), ())
    )
    assert with_known.code == 0
    assert json.loads(with_known.out)["judgments"] != json.loads(without.out)["judgments"]


def test_knowledge_adds_up_over_runs(palate, tmp_path):
    (tmp_path / "a.csv").write_text("task,annotator,label\nt1,a,x\nt1,b,x\nt2,a,y\nt2,b,y\n")
    (tmp_path / "golden.csv").write_text("task,label\nt1,x\nt2,y\n")
    known, more = tmp_path / "known.csv", tmp_path / "more.csv"
    run = ("aggregate", tmp_path / "a.csv", "--golden", tmp_path / "golden.csv")
    assert palate(*run, "--save-annotators", known).code == 0
    assert palate(*run, "--known-annotators", known, "--save-annotators", more).code == 0
    assert (pl.read_csv(known)["count"] * 2).to_list() == pl.read_csv(more)["count"].to_list()
    assert palate(*run, "--known-annotators", known, "--save-annotators", known).code == 0
    assert known.read_text() == more.read_text()
