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
