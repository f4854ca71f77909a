from __future__ import annotations

import json

import polars as pl
from answer_strategies import crowd


def test_the_default_method_says_on_stderr_what_it_chose_and_why(palate, tmp_path):
    answers, truth, _ = crowd(0, n_tasks=150)
    answers.write_csv(tmp_path / "answers.csv")
    said = palate("aggregate", tmp_path / "answers.csv", "-o", tmp_path / "judgments.csv")
    assert said.code == 0
    assert "candidates at foretelling 150 answers hidden from it" in " ".join(said.err.split())
    assert "hidden" not in said.out
    judged = pl.read_csv(tmp_path / "judgments.csv").sort("task")
    assert (judged["label"].to_numpy() == truth).mean() > 0.85


def test_the_reason_is_in_json_and_nothing_else_is_on_stdout(palate, files):
    said = palate("aggregate", files / "answers.csv", "--json")
    assert "too few answers to choose" in json.loads(said.out)["reason"]


def test_a_method_without_a_choice_gives_no_reason(palate, files):
    said = palate("aggregate", files / "answers.csv", "-M", "dawid-skene", "--json")
    assert json.loads(said.out)["reason"] == ""
    assert "candidates" not in said.err


def test_golden_tasks_choose_where_there_are_enough(palate, tmp_path):
    answers, truth, _ = crowd(1, n_tasks=150)
    answers.write_csv(tmp_path / "answers.csv")
    pl.DataFrame({"task": range(60), "label": truth[:60]}).write_csv(tmp_path / "golden.csv")
    said = palate("aggregate", tmp_path / "answers.csv", "--golden", tmp_path / "golden.csv", "--json")
    assert "60 golden labels hidden" in json.loads(said.out)["reason"]


def test_repeated_answers_are_an_error_until_a_policy_is_named(palate, tmp_path):
    path = tmp_path / "twice.csv"
    path.write_text("task,annotator,label\nt,a,x\nt,a,y\nt,b,y\n")
    refused = palate("aggregate", path)
    assert refused.code != 0
    said = " ".join(refused.err.split())
    assert "twice.csv" in said
    assert "row 1: task t, annotator a; row 2: task t, annotator a" in said
    votes = {
        policy: json.loads(
            palate("aggregate", path, "-M", "majority-vote", "--on-duplicate", policy, "--json").out
        )["judgments"]
        for policy in ("last", "all")
    }
    assert votes["last"] == [{"task": "t", "label": "y", "probability": 1.0}]
    assert votes["all"][0]["probability"] == 2 / 3
    unknown = palate("aggregate", path, "--on-duplicate", "mean")
    assert "one of error, first, last, all; it is 'mean'" in " ".join(unknown.err.split())


def test_a_policy_for_repeated_answers_does_not_go_with_comparisons(palate, files):
    said = palate("aggregate", files / "pairs.csv", "--on-duplicate", "first")
    assert said.code != 0
    assert "not with comparisons" in " ".join(said.err.split())
