"""Every kind of answers from the shell: told from its columns, as table, as JSON, from standard input."""

from __future__ import annotations

import json

import pytest

FAMILIES = {
    "pairs": ("left,right,label,annotator\na,b,left,w1\na,b,left,w2\nb,a,right,w3\na,b,right,w4\n", "scores"),
    "numeric": ("task,annotator,value\nt,a,1\nt,b,2\nt,c,6\n", "values"),
    "multilabel": ('task,annotator,labels\nt,a,"cat,dog"\nt,b,"cat,dog"\nt,c,cat\n', "labels"),
    "rankings": (
        "task,annotator,item,rank\nt,a,x,1\nt,a,y,2\nt,b,x,1\nt,b,y,2\nt,c,y,1\nt,c,x,2\n",
        "rankings",
    ),
    "texts": ("task,annotator,text\nt,a,the cat sat\nt,b,the cat sat\nt,c,a dog\n", "texts"),
    "labels": ("task,annotator,label\nt,a,x\nt,b,x\nt,c,y\n", "judgments"),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_each_kind_is_told_from_its_columns(palate, family):
    text, field = FAMILIES[family]
    found = json.loads(palate("aggregate", "-", "--json", stdin=text).out)
    assert found[field]
    assert (
        {row["annotator"] for row in found["annotators"]} >= {"w1"} if family == "pairs" else {"a", "b", "c"}
    )
    assert palate("aggregate", "-", "-F", family, "--json", stdin=text).code == 0


def test_what_is_found_is_what_one_sees_at_once(palate):
    found = {
        family: json.loads(palate("aggregate", "-", *more, "--json", stdin=FAMILIES[family][0]).out)
        for family, more in {
            "numeric": ("-M", "median"),
            "multilabel": ("-M", "masi-vote"),
            "rankings": (),
            "texts": (),
            "pairs": ("-M", "win-rate"),
        }.items()
    }
    assert found["numeric"]["values"][0]["value"] == 2
    assert found["multilabel"]["labels"][0]["labels"] == ["cat", "dog"]
    assert [row["item"] for row in found["rankings"]["rankings"]] == ["x", "y"]
    assert found["texts"]["texts"] == [{"task": "t", "text": "the cat sat"}]
    assert [(row["item"], row["win_share"]) for row in found["pairs"]["scores"]] == [("a", 0.75), ("b", 0.25)]


@pytest.mark.parametrize("family", FAMILIES)
def test_each_kind_is_shown_as_a_table_and_written(palate, tmp_path, family):
    text, _ = FAMILIES[family]
    said = palate("aggregate", "-", stdin=text)
    assert said.code == 0
    assert "annotators" in said.out
    for name in ("out.csv", "out.parquet", "out.jsonl"):
        assert palate("aggregate", "-", "-o", tmp_path / name, stdin=text).code == 0
        assert (tmp_path / name).stat().st_size > 0


def test_sets_are_written_as_text_where_a_format_knows_no_lists(palate, tmp_path):
    text = FAMILIES["multilabel"][0]
    assert palate("aggregate", "-", "-o", "-", stdin=text).out == 'task,labels\nt,"cat,dog"\n'
    palate("aggregate", "-", "-o", tmp_path / "sets.jsonl", stdin=text)
    assert json.loads((tmp_path / "sets.jsonl").read_text()) == {"task": "t", "labels": ["cat", "dog"]}


def test_a_method_that_only_one_kind_has_says_what_the_answers_are(palate):
    text = "task,annotator,score\nt,a,1\nt,b,3\n"
    assert (
        json.loads(palate("aggregate", "-", "-M", "mean", "--json", stdin=text).out)["values"][0]["value"]
        == 2
    )


def test_a_method_that_two_kinds_have_goes_by_the_columns(palate):
    numbers, labels = FAMILIES["numeric"][0], FAMILIES["labels"][0]
    assert "values" in json.loads(palate("aggregate", "-", "-M", "catd", "--json", stdin=numbers).out)
    assert "judgments" in json.loads(palate("aggregate", "-", "-M", "catd", "--json", stdin=labels).out)


def test_golden_numbers_hold(palate, tmp_path):
    (tmp_path / "golden.csv").write_text("task,value\nt,5\n")
    said = palate(
        "aggregate", "-", "--golden", tmp_path / "golden.csv", "--json", stdin=FAMILIES["numeric"][0]
    )
    assert json.loads(said.out)["values"][0]["value"] == 5


def test_ranking_has_a_page_and_a_picture(palate, tmp_path):
    text = FAMILIES["pairs"][0]
    assert palate("aggregate", "-", "--report", tmp_path / "r.html", stdin=text).code == 0
    page = (tmp_path / "r.html").read_text()
    assert "a comes first of 2" in page
    assert "With 95% confidence, the best is one of 2: a, b" in page
    assert palate("aggregate", "-", "--picture", tmp_path / "r.svg", stdin=text).code == 0
    assert "Scores, bradley_terry" in (tmp_path / "r.svg").read_text()


def test_groups_that_never_met_are_named(palate, tmp_path):
    text = "left,right,label\na,b,left\na,b,right\nc,d,left\nc,d,right\n"
    said = palate("aggregate", "-", "--report", tmp_path / "r.html", stdin=text)
    assert "fall into 2 groups that were never compared with each other" in said.err
    assert "fall into 2 groups" in (tmp_path / "r.html").read_text()


@pytest.mark.parametrize(
    ("family", "options", "words"),
    [
        (
            "numeric",
            ("--report", "page.html"),
            "--report goes with labels and comparisons, not with numbers.",
        ),
        ("texts", ("--known-annotators", "k.csv"), "--known-annotators goes with labels, not with texts."),
        ("pairs", ("--golden", "g.csv", "--tasks", "t.csv"), "not with comparisons"),
        (
            "rankings",
            ("--golden", "g.csv"),
            "--golden goes with labels, numbers and sets of labels, not with",
        ),
        (
            "multilabel",
            ("--on-duplicate", "all"),
            "--on-duplicate goes with labels, not with sets of labels.",
        ),
        ("labels", ("-F", "label"), "no kind of answers named 'label'. Did you mean labels?"),
        ("labels", ("-F", "pairs"), "Comparisons need the columns 'left'"),
        ("pairs", ("-F", "pairs", "-M", "mace"), "no aggregator of comparisons named 'mace'"),
        ("labels", ("-M", "maces"), "no aggregator named 'maces'. Did you mean mace?"),
    ],
)
def test_what_does_not_go_together_is_refused(palate, family, options, words):
    said = palate("aggregate", "-", *options, stdin=FAMILIES[family][0])
    assert said.code == 2
    assert words in said.err
    assert "Traceback" not in said.err
