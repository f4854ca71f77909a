from __future__ import annotations

import polars as pl
import pytest
from scipy.stats import binomtest

from palate.aggregation.pairs import WinRate

ROWS = [("A", "B", "left"), ("B", "A", "tie"), ("A", "C", "right"), ("A", "B", "left"), ("D", "E", "left")]
TABLE = pl.DataFrame(ROWS, schema=["left", "right", "label"], orient="row")


def test_ties_count_half() -> None:
    found = WinRate().aggregate(TABLE).scores
    assert found.select("item", "score", "rank", "comparisons", "win_share", "component").rows() == [
        ("C", 1.0, 1, 1, 1.0, 1),
        ("A", 2.5 / 4, 2, 4, 2.5 / 4, 1),
        ("B", 0.5 / 3, 3, 3, 0.5 / 3, 1),
        ("D", 1.0, 1, 1, 1.0, 2),
        ("E", 0.0, 2, 1, 0.0, 2),
    ]


def test_intervals_are_wilsons() -> None:
    rows = [("A", "B", "left")] * 7 + [("A", "B", "right")] * 4
    found = WinRate().aggregate(pl.DataFrame(rows, schema=["left", "right", "label"], orient="row")).scores
    for row, wins in zip(found.to_dicts(), (7, 4), strict=True):
        wilson = binomtest(wins, 11).proportion_ci(0.95, method="wilson")
        assert (row["low"], row["high"]) == pytest.approx((wilson.low, wilson.high))


def test_bounds_stay_within_zero_and_one() -> None:
    found = WinRate().aggregate(TABLE).scores
    assert found["low"].min() >= 0
    assert found["high"].max() <= 1
    assert (found["low"] <= found["score"]).all()
    assert (found["score"] <= found["high"]).all()


def test_a_pairs_probability_is_its_own_share() -> None:
    wins = WinRate().aggregate(TABLE).wins
    row = wins.filter(item="A", other="B").row(0, named=True)
    assert (row["wins"], row["ties"], row["probability"], row["tie_probability"]) == (2, 1, 2.5 / 3, 1 / 3)
    assert wins["probability"].to_list() == pytest.approx(wins["win_share"].to_list())
