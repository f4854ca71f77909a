from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from bandit_logs import bandit, bandit_log, policy_table


@pytest.fixture
def tables(tmp_path):
    clicks, logging, target = bandit(1)
    bandit_log(clicks, logging, 200, np.random.default_rng(0)).write_csv(tmp_path / "log.csv")
    policy_table(target).write_csv(tmp_path / "policy.csv")
    return tmp_path


def test_all_estimators_are_shown(palate, tables):
    said = palate("off-policy", tables / "log.csv", "--policy", tables / "policy.csv")
    assert said.code == 0
    assert "1,000 rows of the log" in said.out
    for name in ("ips", "snips", "doubly_robust"):
        assert name in said.out
    assert "The target policy would get a mean reward of 0." in said.err
    assert "by doubly_robust" in said.err


def test_json_and_file_hold_the_same_numbers(palate, tables):
    arguments = ("off-policy", tables / "log.csv", "-p", tables / "policy.csv", "--method", "snips")
    found = json.loads(palate(*arguments, "--json").out)
    assert found["values"][0]["method"] == {"name": "snips", "settings": {"clip": None}}
    assert palate(*arguments, "-o", tables / "found.csv").code == 0
    assert pl.read_csv(tables / "found.csv")["value"][0] == found["values"][0]["value"]["estimate"]


def test_clipping_is_said(palate, tables):
    said = palate("off-policy", tables / "log.csv", "-p", tables / "policy.csv", "--clip", 1)
    assert "Note: ips: " in said.err
    assert "weights are clipped at 1" in said.err


def test_features_go_to_the_model(palate, tables):
    said = palate("off-policy", tables / "log.csv", "-p", tables / "policy.csv", "--feature", "age")
    assert said.code == 2
    assert "The log has no feature 'age'" in said.err


def test_a_log_with_target_needs_no_policy(palate, tables):
    log = pl.read_csv(tables / "log.csv").with_columns(target=pl.col("propensity"))
    log.write_csv(tables / "with_target.csv")
    found = json.loads(palate("off-policy", tables / "with_target.csv", "--json").out)
    assert [value["method"]["name"] for value in found["values"]] == ["ips", "snips"]
    assert found["values"][0]["lift"]["estimate"] == pytest.approx(0)


def test_mistakes_are_one_message(palate, tables):
    said = palate("off-policy", tables / "log.csv")
    assert said.code == 2
    assert "What the target policy would show is not known" in said.err
    log = pl.read_csv(tables / "log.csv").with_columns(propensity=0.0)
    log.write_csv(tables / "zero.csv")
    said = palate("off-policy", tables / "zero.csv", "-p", tables / "policy.csv")
    assert said.code == 2
    assert "zero.csv, row 1, column 'propensity': The value must be above 0" in said.err
    half = pl.read_csv(tables / "policy.csv").with_columns(pl.col("probability") / 2)
    half.write_csv(tables / "half.csv")
    said = palate("off-policy", tables / "log.csv", "-p", tables / "half.csv")
    assert "half.csv, column 'probability': The policy's probabilities must sum to 1" in said.err
