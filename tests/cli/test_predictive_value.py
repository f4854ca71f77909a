from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

OFFLINE = [0.01, 0.03, -0.02, 0.05, 0.0, 0.02]
ONLINE = [0.2, 0.4, -0.1, 0.9, 0.1, -0.1]


@pytest.fixture
def past(tmp_path):
    path = tmp_path / "past.csv"
    pl.DataFrame({"experiment": list("abcdef"), "offline": OFFLINE, "online": ONLINE}).write_csv(path)
    return path


def test_table_and_sentence_say_what_was_found(palate, past):
    said = palate("predictive-value", past)
    assert said.code == 0
    assert "6 experiments" in said.out
    assert "without_noise" not in said.out  # no errors are given
    assert "had the same sign in 75% of 6 experiments" in said.err  # four, and half of one without sign
    assert "Note: 6 experiments are few" in said.err


def test_json_and_file_hold_the_same_numbers(palate, past):
    found = json.loads(palate("predictive-value", past, "--json").out)
    assert found["pearson"]["estimate"] == pytest.approx(np.corrcoef(OFFLINE, ONLINE)[0, 1])
    out = past.with_name("found.csv")
    assert palate("predictive-value", past, "-o", out).code == 0
    saved = {row["statistic"]: row for row in pl.read_csv(out).to_dicts()}
    assert list(saved) == ["same_sign", "pearson", "spearman"]
    for name, row in saved.items():
        assert (row["value"], row["low"], row["high"]) == tuple(
            found[name][bound] for bound in ("estimate", "low", "high")
        )


def test_with_errors_noise_is_taken_out(palate, past):
    table = pl.read_csv(past).with_columns(offline_error=pl.lit(0.005), online_error=pl.lit(0.05))
    table.write_csv(past)
    said = palate("predictive-value", past, "--confidence", "0.9")
    assert "without_noise" in said.out
    assert "90% CI" in said.err
    assert "the correlation without noise is extrapolated" in said.err


def test_mistakes_name_the_file(palate, past):
    pl.read_csv(past).head(3).write_csv(past)
    said = palate("predictive-value", past)
    assert said.code == 2
    assert "past.csv: A correlation needs at least 4 experiments; there are 3." in said.err
    pl.DataFrame({"offline": OFFLINE}).write_csv(past)
    assert "online" in palate("predictive-value", past).err
