from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest


@pytest.fixture
def crowd_file(tmp_path):
    """Golden tasks: a is right, b answers x throughout, c copies d, e was right until the middle."""
    rng = np.random.default_rng(1)
    rows, golden = [], []
    for task in range(120):
        truth = task % 2
        golden.append((f"t{task}", "xy"[truth]))
        slip = int(rng.random() < 0.3)
        said = {"a": truth, "b": 0, "c": truth ^ slip, "d": truth ^ slip, "e": truth ^ int(task >= 60)}
        rows += [(f"t{task}", who, "xy"[label], 1_700_000_000 + 60 * task) for who, label in said.items()]
    columns = ["task", "worker", "label", "submitted_at"]
    pl.DataFrame(rows, schema=columns, orient="row").write_csv(tmp_path / "crowd.csv")
    pl.DataFrame(golden, schema=["task", "label"], orient="row").write_csv(tmp_path / "golden.csv")
    return tmp_path / "crowd.csv"


def test_who_to_talk_to_is_said_in_sentences(palate, crowd_file):
    said = palate("annotators", crowd_file, "--golden", crowd_file.with_name("golden.csv"))
    assert said.code == 0
    assert "5 annotators" in said.out
    assert "Note: b answers nearly alike whatever is true: spammer score 0.00" in said.err
    assert "Note: c and d gave the same wrong answer to" in said.err
    assert "of 120 tasks they share" in said.err
    assert "Note: e was right 100% of the time until 2023-11-14 23:13 UTC, and 0% since." in said.err
    assert "Note: a" not in said.err


def test_json_has_the_table_and_the_evidence(palate, crowd_file):
    said = palate("annotators", crowd_file, "--golden", crowd_file.with_name("golden.csv"), "--json")
    found = json.loads(said.out)
    rows = {row["annotator"]: row for row in found["annotators"]}
    assert rows["a"]["golden_accuracy"] == 1
    assert rows["a"]["spammer_score"] == 1
    assert (rows["a"]["copies"], rows["a"]["drift"]) == (None, None)
    assert rows["b"]["spammer_score"] == 0
    assert (rows["c"]["copies"], rows["d"]["copies"]) == ("d", "c")
    assert rows["e"]["drift"] == -1
    drifted = [row for row in found["evidence"] if row["check"] == "drift"]
    assert [row["task"] for row in drifted] == [f"t{task}" for task in range(60, 120)]


def test_tables_are_written(palate, crowd_file, tmp_path):
    people, evidence = tmp_path / "people.csv", tmp_path / "evidence.csv"
    said = palate(
        "annotators", crowd_file, "--golden", tmp_path / "golden.csv", "-o", people, "--evidence", evidence
    )
    assert said.code == 0
    assert f"5 annotators in {people}" in said.err
    assert pl.read_csv(people)["annotator"].to_list() == list("abcde")
    assert set(pl.read_csv(evidence)["check"]) == {"spammer_score", "collusion", "drift"}


def test_answers_without_times_or_golden_tasks_will_do(palate, files):
    said = palate("annotators", files / "answers.csv", "--method", "majority-vote", "--json")
    rows = {row["annotator"]: row for row in json.loads(said.out)["annotators"]}
    assert rows["w0"]["agreement"] == 1
    assert rows["w3"]["agreement"] == 0
    assert "golden_accuracy" not in rows["w0"]
    assert {row["drift"] for row in rows.values()} == {None}
    assert "Note: nobody answers alike throughout" in said.err


def test_many_suspicions_are_counted(palate, tmp_path):
    rows = [(task, f"w{who}", "xy"[task % 2] if who < 3 else "x") for task in range(60) for who in range(15)]
    pl.DataFrame(rows, schema=["task", "worker", "label"], orient="row").write_csv(tmp_path / "many.csv")
    golden = pl.DataFrame({"task": range(60), "label": ["xy"[task % 2] for task in range(60)]})
    golden.write_csv(tmp_path / "golden.csv")
    said = palate("annotators", tmp_path / "many.csv", "--golden", tmp_path / "golden.csv")
    assert said.err.count("spammer score") == 10
    assert "more like these" in said.err


def test_mistakes_name_the_file(palate, files):
    (files / "golden.csv").write_text("task,label\nt999,1\n")
    said = palate("annotators", files / "answers.csv", "--golden", files / "golden.csv")
    assert said.code == 2
    assert "golden.csv, row 1, column 'task': Nobody answered this golden task" in said.err
    said = palate("annotators", files / "none.csv")
    assert said.code == 2
    assert "There is no such file" in said.err


def test_page_shows_whom_to_talk_to_with_the_evidence(palate, crowd_file, tmp_path):
    page = tmp_path / "annotators.html"
    said = palate(
        "annotators",
        crowd_file,
        "--golden",
        tmp_path / "golden.csv",
        "--report",
        page,
        "-o",
        tmp_path / "o.csv",
    )
    assert said.code == 0
    assert f"Report: {page}" in said.err
    text = page.read_text()
    assert "4 of 5 annotators to talk to" in text  # b, c, d and e
    assert "c and d gave the same wrong answer to" in text
    assert "2023-11-14 23:13" in text  # the first wrong answer of e, as people read times
    assert "answers that get worse over time" in text
    columns = pl.read_csv(tmp_path / "o.csv").columns
    assert {"spammer_low", "spammer_high"} <= set(columns)


def test_picture_marks_whom_to_talk_to(palate, crowd_file, tmp_path):
    drawn = tmp_path / "annotators.svg"
    palate("annotators", crowd_file, "--golden", tmp_path / "golden.csv", "--picture", drawn)
    text = drawn.read_text()
    assert "Skill of 5 annotators" in text
    names = [name for name in "abcde" if f">{name}</text>" in text]
    assert names == ["b", "c"]  # d stands where c does, and e where b does; a is nobody to talk to
