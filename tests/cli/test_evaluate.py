"""Measures of every family by one command, which says what is missing."""

import json

import polars as pl
import pytest


@pytest.fixture
def tables(files):
    (files / "diversity.qrels").write_text("1 1 x 1\n1 2 y 1\n2 1 x 1\n3 1 z 1\n")
    (files / "items.csv").write_text("item,genres\nx,Drama|War\ny,War\nz,Comedy\nw,Drama\n")
    (files / "took.csv").write_text("user,item\n1,x\n1,w\n2,y\n3,z\n4,y\n")
    (files / "held.csv").write_text("user,item,rating\n1,x,3\n1,w,5\n2,x,2\n")
    return files


def values_of(said):
    assert said.code == 0, said.err
    return {row["measure"]: row["value"] for row in json.loads(said.out)["summary"]}


def test_one_command_measures_by_every_family(palate, tables):
    wanted = ["RR", "Cov@2", "Serendipity@2", "alpha_nDCG@5", "MAE"]
    out = tables / "values.csv"
    said = palate(
        "evaluate",
        "-r",
        tables / "a.trec",
        "-j",
        tables / "q.txt",
        *(part for measure in wanted for part in ("-m", measure)),
        "--subtopics",
        tables / "diversity.qrels",
        "--items",
        tables / "items.csv",
        "--interactions",
        tables / "took.csv",
        "--truth",
        tables / "held.csv",
        "-o",
        out,
        "--json",
    )
    # serendipity: of two popular items, y and w are expected, x and z are not
    expected = {
        "RR": 1,
        "Cov@2": 3 / 4,
        "Serendipity@2": (1 / 2 + 1 + 1) / 3,
        "alpha_nDCG@5": 1,
        "MAE": 1 / 2,
    }
    assert values_of(said) == pytest.approx(expected)
    assert "a predicts 2 of 3 numbers that came" in said.err
    table = pl.read_csv(out)
    assert table.columns == ["system", "query", "measure", "value"]
    assert dict(table["measure"].value_counts().iter_rows()) == {
        "RR": 3,
        "alpha_nDCG@5": 3,
        "Cov@2": 1,
        "Serendipity@2": 1,
        "MAE": 1,
    }


def test_what_is_missing_is_said_at_once_with_its_option(palate, tables):
    measures = ["nDCG@10", "alpha_nDCG@5", "RMSE", "Cov@10", "Novelty@10", "Diversity@10", "Serendipity@10"]
    said = palate("evaluate", "-r", tables / "a.trec", *(p for m in measures for p in ("-m", m)))
    assert said.code == 2
    for wanted in (
        "nDCG@10, Serendipity@10 need judgments: give --qrels.",
        "alpha_nDCG@5 needs judgments of subtopics: give --subtopics.",
        "RMSE needs the numbers that came: give --truth.",
        "Cov@10 needs the catalogue: give --items (or --interactions",
        "Novelty@10, Serendipity@10 need who interacted with what: give --interactions.",
        "Diversity@10 needs features of the items: give --items",
    ):
        assert wanted in said.err


def test_defaults_need_judgments(palate, tables):
    assert "need judgments: give --qrels" in palate("evaluate", "-r", tables / "a.trec").err


def test_options_of_trec_eval_set_every_measure_that_has_them(palate, files):
    (files / "run.trec").write_text("1 Q0 u 1 9 a\n1 Q0 x 2 8 a\n1 Q0 y 3 7 a\n")
    (files / "graded.txt").write_text("1 0 x 1\n1 0 y 2\n")
    at = ["evaluate", "-r", files / "run.trec", "-j", files / "graded.txt", "-m", "RR", "--json"]
    assert values_of(palate(*at)) == {"RR": 1 / 2}
    assert values_of(palate(*at, "--judged-only")) == {"RR(judged_only=True)": 1}
    assert values_of(palate(*at, "--relevant-from", "2")) == {"RR(rel=2)": pytest.approx(1 / 3)}
    assert values_of(palate(*at, "--relevant-from", "2", "--depth", "2")) == {"RR(rel=2)": 0}
    both = palate(*at, "-m", "P(rel=1)@2", "-m", "Bpref", "-m", "P(rel=2)@3", "--judged-only")
    assert values_of(both).keys() == {
        "RR(judged_only=True)",
        "P(judged_only=True)@2",
        "Bpref",
        "P(rel=2,judged_only=True)@3",
    }
    assert "--judged-only changes nothing for Bpref, which has no such setting." in both.err


def test_names_of_recommender_libraries_work_and_say_what_they_are_here(palate, files):
    said = palate(
        "evaluate", "-r", files / "a.trec", "-j", files / "q.txt", "-m", "HR@10", "-m", "MRR", "--json"
    )
    assert values_of(said) == {"Success@10": 1, "RR": 1}
    assert "HR@10 is called Success@10 here." in said.err
    assert "MRR is called RR here." in said.err


def test_counts_are_sums_without_an_interval(palate, files):
    said = palate(
        "evaluate", "-r", files / "a.trec", "-j", files / "q.txt", "-m", "NumQ", "-m", "NumRet", "--json"
    )
    rows = {row["measure"]: row for row in json.loads(said.out)["summary"]}
    lines = (files / "a.trec").read_text().splitlines()
    judged = {line.split()[0] for line in (files / "q.txt").read_text().splitlines()}
    ranked = [line.split()[0] for line in lines if line.split()[0] in judged]
    assert rows["NumRet"]["value"] == len(ranked)
    assert rows["NumQ"]["value"] == len(set(ranked))
    assert rows["NumQ"]["low"] is rows["NumQ"]["high"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-m", "RBO"], "RBO compares two rankings: use palate rank-similarity A B --measure RBO."),
        (["-m", "nDCG(gains={1:2,2:1},dcg=exp-log2)"], "nDCG takes gains or dcg='exp-log2', not both"),
        (["-m", "ERR(max_rel=0.5)"], "ERR takes grades up to 0.5; the highest here is 1"),
        (["-m", "RR", "--relevant-from", "0"], "lowest relevant grade, must be a number above 0"),
    ],
)
def test_measures_that_do_not_fit_are_refused(palate, files, arguments, message):
    said = palate("evaluate", "-r", files / "a.trec", "-j", files / "q.txt", *arguments)
    assert said.code == 2
    assert message in " ".join(said.err.split())


def test_a_page_needs_measures_of_rankings(palate, tables):
    at = ["evaluate", "-r", tables / "a.trec", "-m", "Cov@2", "--items", tables / "items.csv"]
    said = palate(*at, "--report", tables / "page.html")
    assert said.code == 2
    assert "A page shows measures of rankings" in said.err
    assert not (tables / "page.html").exists()


def test_missing_and_extra_queries_of_subtopics_are_said(palate, tables):
    (tables / "some.trec").write_text("1 Q0 x 1 1.0 s\n9 Q0 x 1 1.0 s\n")
    at = [
        "evaluate",
        "-r",
        tables / "some.trec",
        "--subtopics",
        tables / "diversity.qrels",
        "-m",
        "StRecall@5",
    ]
    said = palate(*at, "--json")
    assert values_of(said) == {"StRecall@5": pytest.approx((1 / 2 + 0 + 0) / 3)}
    assert "s does not answer 2 of 3 queries with subtopics; they count 0." in said.err
    assert "s answers 1 of its 2 queries without subtopics; not evaluated." in said.err


def test_tables_show_what_there_is(palate, tables):
    said = palate("evaluate", "-r", tables / "a.trec", "-m", "Cov@2", "--items", tables / "items.csv")
    assert said.code == 0
    assert "0.7500" in said.out
    assert "Judgments behind" not in said.out


def test_a_page_shows_measures_of_rankings(palate, tables):
    page = tables / "page.html"
    at = ["evaluate", "-r", tables / "a.trec", "-j", tables / "q.txt", "-m", "RR", "-m", "Cov@2"]
    said = palate(*at, "--items", tables / "items.csv", "--report", page)
    assert said.code == 0, said.err
    assert "a.trec on q.txt" in page.read_text()
