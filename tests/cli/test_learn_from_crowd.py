"""``palate learn-from-crowd``: a classifier from annotators' answers."""

from __future__ import annotations

import json

import polars as pl
import pytest
from crowd_worlds import crowd_world, require_torch

QUICK = ("--set", "epochs=15", "--set", "learning_rate=0.02", "--hidden", 8)


@pytest.fixture
def crowd(tmp_path):
    require_torch()
    world = crowd_world()
    world.features.write_csv(tmp_path / "features.csv")
    world.answers.write_parquet(tmp_path / "answers.parquet")
    world.truth.write_csv(tmp_path / "truth.csv")
    return tmp_path


def _files(folder):
    return "--features", folder / "features.csv", "--answers", folder / "answers.parquet"


def test_predictions_confusion_and_model_are_written(palate, crowd):
    said = palate(
        "learn-from-crowd", *_files(crowd), *QUICK, "-o", crowd / "predictions.parquet",
        "--confusion", crowd / "confusion.csv", "--model", crowd / "crowd.zip", "--truth", crowd / "truth.csv", "--json",
    )  # fmt: skip
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert found["method"] == "crowd_layer"
    assert found["settings"]["epochs"] == 15
    assert [part["tasks"] for part in found["accuracy"]] == ["without answers", "answered", "answered"]
    assert found["accuracy"][0]["share"] > 0.8
    predictions = pl.read_parquet(crowd / "predictions.parquet")
    assert predictions.columns == [
        "task", "label", "probability", "answered", "label_by_features", "probability_by_features",
    ]  # fmt: skip
    assert predictions["answered"].sum() == 90
    assert pl.read_csv(crowd / "confusion.csv").height == 6 * 3 * 3
    from palate.learning.crowds import load_crowd

    again = load_crowd(crowd / "crowd.zip").predict(str(crowd / "features.csv"))
    assert (again["label"].to_list()) == predictions["label_by_features"].to_list()
    assert "30 of 120 tasks have no answers" in said.err


def test_two_stage_takes_any_aggregator(palate, crowd):
    said = palate(
        "learn-from-crowd", *_files(crowd), *QUICK, "--method", "two-stage", "--aggregator", "dawid-skene",
        "--set", "targets=probabilities", "--truth", crowd / "truth.csv",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert "Right labels" in said.out
    assert "Annotators" in said.out


def test_aggregator_goes_with_two_stage_only(palate, crowd):
    said = palate("learn-from-crowd", *_files(crowd), "--aggregator", "dawid-skene")
    assert said.code == 2
    assert "--aggregator goes with --method two-stage" in said.err


def test_mistakes_name_the_file(palate, crowd):
    answers = pl.read_parquet(crowd / "answers.parquet")
    answers.with_columns(task=pl.col("task") + 1000).write_parquet(crowd / "answers.parquet")
    said = palate("learn-from-crowd", *_files(crowd))
    assert said.code == 2
    assert "answers.parquet, row 1, column 'task': This answered task has no features" in said.err


def test_wrong_method_is_an_error_that_names_the_nearest(palate, crowd):
    said = palate("learn-from-crowd", *_files(crowd), "--method", "crowdlayer")
    assert said.code == 2
    assert "Did you mean crowd_layer?" in said.err
