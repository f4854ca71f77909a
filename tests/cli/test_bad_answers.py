"""Answers that are not as they should be: an error that says what, where and what to do, or a note; never silence."""

from __future__ import annotations

import json

import polars as pl
import pytest

GOOD = "task,annotator,label\nt1,a,0\nt1,b,0\nt2,a,1\nt2,b,1\nt3,a,1\nt3,b,0\n"


@pytest.fixture
def write(tmp_path):
    def write_text(name, text):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write_text


def refused(said, *fragments):
    assert said.code == 2, said
    assert said.out == ""
    assert said.err.startswith("Error: ")
    assert said.err.count("\n") == 1
    for fragment in fragments:
        assert fragment in said.err


@pytest.mark.parametrize("command", ["aggregate", "agreement", "annotators"])
def test_missing_labels_are_refused_however_they_are_written(palate, write, tmp_path, command):
    refused(
        palate(command, write("a.csv", GOOD + "t4,a,\n")), "a.csv, row 7, column 'label'", "missing", "remove"
    )
    for missing in ("NaN", "nan"):
        said = palate(command, write("a.csv", GOOD + f"t4,a,{missing}\n"))
        refused(said, "a.csv, row 7, column 'label'", f"'{missing}'", "Remove these rows; if it is a label")
    numbers = pl.DataFrame({"task": [1, 1], "annotator": ["a", "b"], "label": [1.0, float("nan")]})
    numbers.write_parquet(tmp_path / "a.parquet")
    refused(palate(command, tmp_path / "a.parquet"), "a.parquet, row 2, column 'label'", "missing")


def test_golden_labels_may_not_be_missing_either(palate, write):
    said = palate("aggregate", write("a.csv", GOOD), "--golden", write("g.csv", "task,label\nt1,nan\n"))
    refused(said, "g.csv, row 1, column 'label'", "A missing number is no label")


@pytest.mark.parametrize("command", ["aggregate", "agreement", "annotators"])
def test_labels_of_mixed_types_are_refused(palate, write, command):
    rows = '{"task":1,"annotator":"a","label":1}\n{"task":1,"annotator":"b","label":1.5}\n'
    refused(palate(command, write("a.jsonl", rows)), "a.jsonl, row 2, column 'label'", "1.5")


def test_numbers_beside_text_in_json_lines_are_the_same_label(palate, write):
    rows = '{"task":1,"annotator":"a","label":1}\n{"task":1,"annotator":"b","label":"1"}\n'
    found = json.loads(palate("aggregate", write("a.jsonl", rows), "--json").out)
    assert [row["label"] for row in found["judgments"]] == ["1"]
    assert found["judgments"][0]["probability"] > 0.9


def test_repeated_answers_are_refused_with_the_way_on(palate, write):
    path = write("a.csv", GOOD + "t1,a,1\n")
    refused(
        palate("aggregate", path), "row 1: task t1, annotator a; row 7", "--on-duplicate first, last or all"
    )
    refused(palate("agreement", path), "row 7: task t1, annotator a", "Keep one of each")
    refused(palate("annotators", path), "row 7: task t1, annotator a", "Keep one of each")
    assert palate("aggregate", path, "--on-duplicate", "last").code == 0


def test_one_annotator_is_judged_alone_and_it_is_said(palate, write):
    path = write("a.csv", "task,annotator,label\nt1,a,x\nt2,a,y\n")
    said = palate("aggregate", path, "--json")
    assert [row["label"] for row in json.loads(said.out)["judgments"]] == ["x", "y"]
    assert "all answers are by one annotator: there is nobody to compare with" in said.err
    said = palate("annotators", path)
    assert "all answers are by one annotator" in said.err
    assert "1 annotator\n" in said.out.replace(" ", "").replace("1annotator", "1 annotator")
    refused(
        palate("agreement", path), "a.csv", "No task has answers by two annotators", "overlap of at least 2"
    )


def test_one_label_is_said(palate, write):
    path = write("a.csv", "task,annotator,label\nt1,a,x\nt1,b,x\nt2,a,x\nt2,b,x\n")
    assert "Note: all answers have the label 'x'." in palate("aggregate", path).err
    assert palate("annotators", path).code == 0
    said = palate("agreement", path, "--json")
    rows = {row["coefficient"]: row["value"] for row in json.loads(said.out)}
    assert rows["percent_agreement"] == 1
    assert rows["krippendorff_alpha"] is None
    assert "not defined on these answers: brennan_prediger" in said.err
    assert "Where all answers are the same label" in said.err


def test_tasks_without_answers_and_answers_without_tasks_are_named(palate, write):
    tasks = write("tasks.csv", "task,query,item\nt1,q,d1\nt2,q,d2\nt8,q,d8\nt9,q,d9\n")
    said = palate("aggregate", write("a.csv", GOOD), "--tasks", tasks, "--json")
    assert [row["item"] for row in json.loads(said.out)["judgments"]] == ["d1", "d2"]
    assert "nobody answered 2 tasks (t8, t9) of" in said.err
    assert "1 task (t3) with answers are not in" in said.err


def test_annotators_with_one_answer_are_counted(palate, write):
    said = palate("aggregate", write("a.csv", GOOD + "t1,c,1\nt2,d,1\n"))
    assert "2 annotators gave one answer only; of their skill next to nothing is known" in said.err


def test_golden_tasks_nobody_answered_are_refused_and_labels_nobody_gave_are_said(palate, write):
    answers = write("a.csv", GOOD)
    said = palate("aggregate", answers, "--golden", write("g.csv", "task,label\nt1,0\nt77,1\n"))
    refused(said, "g.csv, row 2, column 'task'", "Nobody answered this golden task; it is 't77'", "Remove it")
    said = palate("aggregate", answers, "--golden", write("g.csv", "task,label\nt1,7\n"), "--json")
    assert json.loads(said.out)["judgments"][0] == {"task": "t1", "label": "7", "probability": 1.0}
    assert "golden tasks have a label that nobody gave: '7'" in said.err


def test_golden_labels_of_another_type_are_refused(palate, write, tmp_path):
    pl.DataFrame({"task": ["t1"], "label": [0]}).write_parquet(tmp_path / "g.parquet")
    said = palate("aggregate", write("a.csv", GOOD), "--golden", tmp_path / "g.parquet")
    refused(
        said, "g.parquet, column 'label'", "whole numbers, those of the answers text", "Make them one type"
    )


@pytest.mark.parametrize(
    ("known", "fragments"),
    [
        ("annotator,truth,label,count\na,0,5,3\n", ["row 1, column 'label'", "labels here are 0, 1", "'5'"]),
        ("annotator,truth,label,count\na,5,0,3\n", ["row 1, column 'truth'", "labels here are 0, 1", "'5'"]),
        ("annotator,truth,label,count\na,0,1,-3\n", ["row 1, column 'count'", "at least 0", "-3"]),
        ("annotator,truth,label,count\na,0,1,many\n", ["row 1, column 'count'", "'many'"]),
        ("annotator,truth,label\na,0,1\n", ["'count'", "annotator, truth, label"]),
        ("annotator,truth,label,count\na,0,1,2\na,0,1,3\n", ["row 1", "row 2", "(annotator, truth, label)"]),
    ],
)
def test_unusable_knowledge_of_annotators_is_refused(palate, write, known, fragments):
    said = palate("aggregate", write("a.csv", GOOD), "--known-annotators", write("k.csv", known))
    refused(said, "k.csv", *fragments)


def test_a_method_that_cannot_use_known_annotators_says_so_in_the_shells_words(palate, write):
    known = write("k.csv", "annotator,truth,label,count\na,0,1,3\n")
    said = palate("aggregate", write("a.csv", GOOD), "-M", "wawa", "--known-annotators", known)
    refused(said, "wawa cannot use --known-annotators", "dawid-skene")
    refused(
        palate("aggregate", write("a.csv", GOOD), "--known-annotators", "none.csv"),
        "none.csv",
        "no such file",
    )


@pytest.mark.parametrize("command", ["aggregate", "agreement", "annotators"])
def test_an_empty_table_is_refused(palate, write, command):
    refused(
        palate(command, write("a.csv", "task,annotator,label\n")), "a.csv", "empty", "task, annotator, label"
    )
    refused(palate(command, write("a.csv", "")), "a.csv", "empty")


def test_ids_beyond_32_bits_survive(palate, tmp_path):
    ids = [2**31 + 5, 2**62]
    table = pl.DataFrame(
        {
            "task": [ids[0], ids[0], ids[1]],
            "annotator": [2**33, 7, 7],
            "label": [3_000_000_000, 3_000_000_000, 1],
        }
    )
    table.write_parquet(tmp_path / "big.parquet")
    found = json.loads(palate("aggregate", tmp_path / "big.parquet", "--json").out)
    assert [(row["task"], row["label"]) for row in found["judgments"]] == [
        (ids[0], 3_000_000_000),
        (ids[1], 1),
    ]
    assert {row["annotator"] for row in found["annotators"]} == {2**33, 7}
