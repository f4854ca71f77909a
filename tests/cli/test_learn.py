"""``palate learn`` with other objectives and with a posterior of the grades."""

import json

import polars as pl
import pytest


@pytest.fixture
def learned_from(tmp_path):
    """A run that ranks the best last, and judgments with their posterior."""
    rows = [(q, i) for q in range(12) for i in range(8)]
    (tmp_path / "base.trec").write_text("".join(f"{q} Q0 d{i} {i + 1} {10 - i} base\n" for q, i in rows))
    good = pl.Series([i > 4 for _, i in rows])
    judgments = pl.DataFrame({"query": [str(q) for q, _ in rows], "item": [f"d{i}" for _, i in rows]})
    judgments.with_columns(
        grade=good.cast(pl.Int64), p_0=0.9 - 0.8 * good, p_1=0.1 + 0.8 * good
    ).write_parquet(tmp_path / "judgments.parquet")
    return tmp_path


@pytest.mark.parametrize("objective", ["ordinal", "ranknet", "regression", "xendcg"])
def test_every_objective_ranks_the_best_first(palate, learned_from, objective):
    said = palate(
        "learn", "-r", learned_from / "base.trec", "-j", learned_from / "judgments.parquet",
        "--objective", objective, "--set", "min_rows=5", "--set", "patience=30", "--folds", 3, "--json",
    )  # fmt: skip
    assert said.code == 0
    found = json.loads(said.out)
    values = {row["system"]: row["value"] for row in found["summary"]}
    assert values[objective] > values["base"] + 0.2
    assert sum(row["share"] for row in found["importance"]) == pytest.approx(1.0)


def test_wrong_posterior_is_an_error_that_names_the_file(palate, learned_from):
    file = learned_from / "judgments.parquet"
    pl.read_parquet(file).with_columns(p_1=pl.lit(0.9)).write_parquet(file)
    said = palate("learn", "-r", learned_from / "base.trec", "-j", file)
    assert said.code != 0
    assert "judgments.parquet" in said.err
    assert "sum to 1" in said.err


def test_unknown_objective_is_an_error_that_names_the_nearest(palate, learned_from):
    said = palate(
        "learn", "-r", learned_from / "base.trec", "-j", learned_from / "judgments.parquet",
        "--objective", "ranknets",
    )  # fmt: skip
    assert said.code != 0
    assert "ranknet" in said.err


@pytest.fixture
def compared(learned_from):
    """Comparisons of items, in which the last ones of the run win."""
    rows = [(str(q), f"d{i}", f"d{j}", "right") for q in range(12) for i in range(4) for j in range(4, 8)]
    table = pl.DataFrame(rows, schema=["query", "left", "right", "label"], orient="row")
    table.write_csv(learned_from / "comparisons.csv")
    return learned_from


def test_comparisons_alone_teach_and_measure(palate, compared):
    said = palate(
        "learn", "-r", compared / "base.trec", "--comparisons", compared / "comparisons.csv",
        "--objective", "ranknet", "--set", "min_rows=5", "--json", "-o", compared / "model",
        "--report", compared / "page.html",
    )  # fmt: skip
    assert said.code == 0, said.err
    found = json.loads(said.out)
    values = {row["system"]: (row["measure"], row["value"]) for row in found["summary"]}
    assert values["base"] == ("preferred first", 0.0)
    assert values["ranknet"] == ("preferred first", 1.0)
    assert "ranknet beats base on preferred first by +1.000" in found["verdict"]
    assert "comparisons comparisons.csv" in json.loads((compared / "model" / "card.json").read_text())["data"]
    assert "preferred first" in (compared / "page.html").read_text()


def test_comparisons_of_systems_are_of_their_lists(palate, compared):
    rows = [(q, i) for q in range(12) for i in range(8)]
    (compared / "turned.trec").write_text("".join(f"{q} Q0 d{i} {8 - i} {i} turned\n" for q, i in rows))
    lists = pl.DataFrame({"query": range(12), "left": "base", "right": "turned", "label": "turned"})
    lists.write_csv(compared / "lists.csv")
    arguments = ("learn", "-r", compared / "base.trec", "-r", compared / "turned.trec", "--objective", "ranknet",
                 "--comparisons", compared / "lists.csv", "--set", "min_rows=5")  # fmt: skip
    said = palate(*arguments)
    assert said.code == 2
    assert "Give judgments, too" in said.err
    said = palate(*arguments, "-j", compared / "judgments.parquet", "--json")
    assert said.code == 0, said.err
    values = {row["system"]: row["value"] for row in json.loads(said.out)["summary"]}
    assert values["ranknet"] > values["base"] + 0.2


def test_nothing_to_learn_from_and_wrong_labels_are_errors(palate, compared):
    said = palate("learn", "-r", compared / "base.trec")
    assert said.code == 2
    assert "Give judgments, or comparisons, or clicks (--clicks" in said.err
    file = compared / "comparisons.csv"
    file.write_text("query,left,right,label\n0,d1,d2,both\n")
    said = palate("learn", "-r", compared / "base.trec", "--comparisons", file, "--objective", "ranknet")
    assert said.code == 2
    assert "comparisons.csv, row 1, column 'label'" in said.err
