from __future__ import annotations

import json
import re

import numpy as np
import polars as pl
import pytest


@pytest.fixture
def watched(tmp_path):
    """Values of two systems for 300 queries, and comparisons of 100 queries by two annotators."""
    rng = np.random.default_rng(2)
    a, b = rng.uniform(0.3, 0.9, 300).round(3), rng.uniform(0.2, 0.8, 300).round(3)
    rows = [(s, q, "nDCG@10", v) for s, values in (("a", a), ("b", b)) for q, v in enumerate(values)]
    pl.DataFrame(rows, schema=["system", "query", "measure", "value"], orient="row").write_csv(
        tmp_path / "values.csv"
    )
    labels = rng.choice(["left", "right", "tie"], 200, p=[0.6, 0.2, 0.2])
    pairs = [("a", "b", label, q // 2) for q, label in enumerate(labels)]
    pl.DataFrame(pairs, schema=["left", "right", "label", "query"], orient="row").write_csv(
        tmp_path / "pairs.csv"
    )
    return tmp_path


def test_values_lead_to_a_verdict_and_its_path(palate, watched):
    said = palate("watch", "--values", watched / "values.csv", "-o", watched / "path.csv")
    assert said.code == 0
    assert said.out.startswith("Stop: a beats b on nDCG@10 by +0.")
    path = pl.read_csv(watched / "path.csv")
    assert path["n"].to_list() == list(range(1, 301))
    found = json.loads(palate("watch", "--values", watched / "values.csv", "--json").out)
    np.testing.assert_allclose(found["path"]["low"], path["low"])
    stopped = found["verdict"]["stopped_at"]
    assert path.filter(pl.col("low") > 0)["n"][0] == stopped
    assert re.search(rf"^ +{stopped} ", said.out, re.MULTILINE)


def test_comparisons_lead_to_a_verdict(palate, watched):
    said = palate("watch", "--comparisons", watched / "pairs.csv", "--system", "b", "--system", "a", "--json")
    found = json.loads(said.out)["verdict"]
    assert (found["better"], found["system"], found["n"], found["unit"]) == ("a", "b", 100, "queries")
    some = json.loads(palate("watch", "--comparisons", watched / "pairs.csv", "--overlap", "1", "--json").out)
    assert some["notes"] == ["100 comparisons came after their query was complete and are left out."]


def test_rules_stop_and_other_sequences_are_wider(palate, watched):
    asked = ("watch", "--values", watched / "values.csv", "--json")
    plain = json.loads(palate(*asked, "--precision", "0.2").out)["verdict"]
    wide = json.loads(palate(*asked, "--method", "empirical-bernstein", "--most", "300").out)["verdict"]
    assert plain["interval"]["low"] > wide["interval"]["low"]
    assert wide["rule"]["most"] == 300


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "Give --values or --comparisons"),
        (("--values", "values.csv", "--comparisons", "pairs.csv"), "Give --values or --comparisons"),
        (("--values", "values.csv", "--overlap", "2"), "--overlap belongs to --comparisons"),
        (("--values", "values.csv", "--method", "guess"), "must be one of betting"),
        (("--values", "values.csv", "--margin", "0"), "'margin' must be a number above 0"),
        (("--values", "values.csv", "--high", "0.1"), "Values must lie between -1 and 0.1"),
        (("--values", "values.csv", "-m", "AP"), "There is no measure named 'AP'"),
        (("--comparisons", "pairs.csv", "--overlap", "9"), "pairs.csv: No query has 9 comparisons"),
    ],
)
def test_mistakes_are_told(palate, watched, monkeypatch, options, message):
    monkeypatch.chdir(watched)
    said = palate("watch", *options)
    assert said.code == 2
    assert message in said.err
