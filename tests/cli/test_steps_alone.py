"""Every step alone from the shell, on the user's own files."""

import json

import polars as pl
import pytest


def test_evaluate_prints_values_reckoned_by_hand(palate, files):
    said = palate(
        "evaluate",
        "-r",
        files / "a.trec",
        "-r",
        files / "b.trec",
        "-j",
        files / "q.txt",
        "-m",
        "RR",
        "--json",
    )
    assert said.code == 0
    summary = {row["system"]: row["value"] for row in json.loads(said.out)["summary"]}
    assert summary["a"] == pytest.approx(1.0)
    assert summary["b"] == pytest.approx((1 / 2 + 1 / 2 + 1) / 3)


def test_evaluate_writes_every_query(palate, files):
    out = files / "values.csv"
    said = palate(
        "evaluate", "-r", files / "a.trec", "-j", files / "q.txt", "-m", "P@1", "-m", "AP", "-o", out
    )
    assert said.code == 0
    table = pl.read_csv(out)
    assert table.columns == ["system", "query", "measure", "value"]
    assert len(table) == 6
    assert "6 values in" in said.err


def test_evaluate_writes_csv_to_standard_output(palate, files):
    said = palate("evaluate", "-r", files / "a.trec", "-j", files / "q.txt", "-m", "RR", "-o", "-")
    assert said.out.splitlines()[0] == "system,query,measure,value"
    assert len(said.out.splitlines()) == 4


def test_compare_says_the_verdict(palate, files):
    said = palate(
        "compare", "-r", files / "a.trec", "-r", files / "b.trec", "-j", files / "q.txt", "-m", "RR"
    )
    assert said.code == 0
    assert "a " in said.out
    assert "RR" in said.out
    assert "+0.333" in said.out


def test_compare_as_json_names_its_data(palate, files):
    said = palate("compare", "-r", files / "a.trec", "-r", files / "b.trec", "-j", files / "q.txt", "--json")
    verdict = json.loads(said.out)["verdicts"][0]
    assert {verdict["system"], verdict["other"]} == {"a", "b"}
    assert str(files / "q.txt") in verdict["data"]


def test_aggregate_finds_the_odd_annotator(palate, files):
    out, crowd = files / "judgments.csv", files / "crowd.csv"
    said = palate(
        "aggregate", files / "answers.csv", "--method", "dawid-skene", "-o", out, "--annotators", crowd
    )
    assert said.code == 0
    labels = dict(pl.read_csv(out).select("task", "label").iter_rows())
    assert labels == {f"t{t}": t % 2 for t in range(8)}
    skills = dict(pl.read_csv(crowd).select("annotator", "skill").iter_rows())
    assert skills["w3"] < 0.3
    assert skills["w0"] > 0.7


def test_aggregate_reads_standard_input_and_prints_json(palate, files):
    said = palate(
        "aggregate", "-", "-M", "majority-vote", "--json", stdin=(files / "answers.csv").read_text()
    )
    assert said.code == 0
    assert len(json.loads(said.out)["judgments"]) == 8


def test_aggregate_with_tasks_makes_qrels(palate, files):
    (files / "tasks.csv").write_text("task,query,item\n" + "".join(f"t{t},q{t % 3},d{t}\n" for t in range(8)))
    out = files / "judgments.qrels"
    said = palate("aggregate", files / "answers.csv", "--tasks", files / "tasks.csv", "-o", out)
    assert said.code == 0
    assert min(out.read_text().splitlines()) == "q0 0 d0 0"


def test_aggregate_ranks_comparisons(palate, files):
    said = palate("aggregate", files / "pairs.csv", "--json")
    scores = json.loads(said.out)["scores"]
    assert scores[0]["item"] == "a"
    assert {s["item"] for s in scores} == {"a", "b", "c"}
    table = palate("aggregate", files / "pairs.csv", "--method", "win-rate")
    assert "best first" in table.out


def test_aggregate_prints_tables_for_people(palate, files):
    said = palate("aggregate", files / "answers.csv")
    assert "8 judgments" in said.out
    assert "4 annotators" in said.out


def test_agreement_of_a_half_right_crowd(palate, files):
    said = palate("agreement", files / "answers.csv", "-c", "percent-agreement", "--json")
    row = json.loads(said.out)[0]
    assert row["value"] == pytest.approx(0.5)  # of 6 pairs of 4 answers, 3 are among the three who agree
    assert row["tasks"] == 8
    assert "krippendorff" in palate("agreement", files / "answers.csv").out


def test_recommend_skips_what_was_seen(palate, files):
    out = files / "runs.parquet"
    said = palate("recommend", "-i", files / "seen.csv", "--model", "popularity", "--top", 2, "-o", out)
    assert said.code == 0
    runs = pl.read_parquet(out)
    seen = pl.read_csv(files / "seen.csv").rename({"user": "query"})
    assert runs.join(seen, on=["query", "item"]).is_empty()
    assert set(runs["system"]) == {"popularity"}


def test_recommend_writes_trec_and_takes_settings(palate, files):
    out = files / "runs.trec"
    said = palate(
        "recommend", "-i", files / "seen.csv", "--model", "als", "--set", "factors=2", "--top", 3, "-o", out
    )
    assert said.code == 0
    assert out.read_text().split("\n")[0].split()[1] == "Q0"


def test_recommend_ranks_candidates_only(palate, files):
    (files / "wanted.csv").write_text("user,item\nu0,i0\nu0,i1\n")
    said = palate(
        "recommend",
        "-i",
        files / "seen.csv",
        "--model",
        "popularity",
        "--candidates",
        files / "wanted.csv",
        "--json",
    )
    assert said.code == 0
    assert {row["item"] for row in json.loads(said.out)} == {"i0", "i1"}


def test_sample_takes_the_union_of_depths(palate, files):
    out = files / "tasks.csv"
    said = palate("sample", "-r", files / "a.trec", "-r", files / "b.trec", "--set", "depth=1", "-o", out)
    assert said.code == 0
    tasks = set(pl.read_csv(out, schema_overrides={"query": pl.String}).select("query", "item").iter_rows())
    assert tasks == {("1", "x"), ("1", "y"), ("2", "x"), ("2", "y"), ("3", "z")}


def test_sample_side_by_side(palate, files):
    said = palate(
        "sample", "-r", files / "a.trec", "-r", files / "b.trec", "--sampler", "side-by-side", "--json"
    )
    assert {frozenset((t["left"], t["right"])) for t in json.loads(said.out)} == {frozenset("ab")}
    assert (
        "3 tasks"
        in palate("sample", "-r", files / "a.trec", "-r", files / "b.trec", "--sampler", "side-by-side").out
    )


def test_learn_ranks_and_saves_a_model(palate, files):
    rng_rows = [(q, i) for q in range(12) for i in range(8)]
    run = "".join(f"{q} Q0 d{i} {i + 1} {10 - i} base\n" for q, i in rng_rows)
    (files / "base.trec").write_text(run)
    (files / "grades.txt").write_text("".join(f"{q} 0 d{i} {int(i > 4)}\n" for q, i in rng_rows))
    out, model = files / "learned.trec", files / "model"
    said = palate(
        "learn",
        "-r",
        files / "base.trec",
        "-j",
        files / "grades.txt",
        "--folds",
        3,
        "--set",
        "min_rows=5",
        "--ranked",
        out,
        "-o",
        model,
        "--json",
    )
    assert said.code == 0
    values = {row["system"]: row["value"] for row in json.loads(said.out)["summary"]}
    assert values["lambdamart"] > values["base"] + 0.2
    assert (model / "model.txt").stat().st_size > 0
    assert len(out.read_text().splitlines()) == 96


def test_report_of_runs(palate, files):
    said = palate(
        "report",
        "-r",
        files / "a.trec",
        "-r",
        files / "b.trec",
        "-j",
        files / "q.txt",
        "-m",
        "RR",
        "-o",
        files / "page",
    )
    assert said.code == 0
    assert "nDCG" not in (files / "page" / "index.html").read_text()
    assert "RR" in (files / "page" / "index.html").read_text()


def test_version_and_help(palate):
    assert palate("--version").out.startswith("palate 0.")
    for command in (
        "demo",
        "recommend",
        "sample",
        "aggregate",
        "agreement",
        "evaluate",
        "compare",
        "learn",
        "report",
    ):
        said = palate(command, "--help")
        assert said.code == 0
        assert f"palate {command}" in said.out.split("Options")[0], command
