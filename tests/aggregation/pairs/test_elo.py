from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from compared import circled, wins

from palate.aggregation.pairs import Elo, _turns_kernel
from palate.core.errors import SettingsError


def _plain(rows, k_factor: float) -> dict[str, float]:
    ratings: dict[str, float] = {}
    for left, right, label in rows:
        a, b = ratings.get(left, 1500.0), ratings.get(right, 1500.0)
        expected = 1 / (1 + 10 ** ((b - a) / 400))
        points = {"left": 1.0, "right": 0.0, "tie": 0.5}[label]
        ratings[left] = a + k_factor * (points - expected)
        ratings[right] = b - k_factor * (points - expected)
    return ratings


@pytest.mark.parametrize("k_factor", [4, 32])
def test_the_tables_own_order_equals_the_textbooks_loop(k_factor: int) -> None:
    comparisons = circled(1, ties=0.2)
    found = Elo(k_factor=k_factor, orders=0).aggregate(comparisons)
    expected = _plain(comparisons.iter_rows(), k_factor)
    assert dict(found.scores.select("item", "score").iter_rows()) == pytest.approx(expected)
    backwards = Elo(k_factor=k_factor, orders=0).aggregate(comparisons.reverse())
    assert dict(backwards.scores.select("item", "score").iter_rows()) == pytest.approx(
        _plain(comparisons.reverse().iter_rows(), k_factor)
    )


def test_a_chess_players_example() -> None:
    # 1500 each: one win of K 20 makes 1510 and 1490; the next expects 1 / (1 + 10^(-20/400)) = 0.52876 of the better.
    found = Elo(k_factor=20, orders=0).aggregate(wins("A", "B", 2))
    assert found.scores["score"][0] == pytest.approx(1510 + 20 * (1 - 0.52876), abs=1e-3)
    up = found.scores["score"][0] - found.scores["score"][1]
    assert found.wins["probability"][0] == pytest.approx(1 / (1 + 10 ** (-up / 400)))


def test_random_orders_average_out_which_came_last() -> None:
    late = pl.concat([wins("A", "B", 200), wins("B", "A", 200)])
    own, mean = (
        Elo(k_factor=16, orders=orders).aggregate(late).scores.filter(item="B")["score"][0]
        for orders in (0, 200)
    )
    assert own > 1600
    assert mean == pytest.approx(1500, abs=8)


def test_the_sum_of_ratings_stays() -> None:
    found = Elo(initial=1000).aggregate(circled(2, ties=0.3))
    assert found.scores["score"].mean() == pytest.approx(1000)


def test_intervals_are_seeded_and_hold_the_score() -> None:
    comparisons = circled(3, n_comparisons=400)
    one, again, other = (Elo(resamples=100, seed=seed).aggregate(comparisons).scores for seed in (1, 1, 2))
    assert one.equals(again)
    assert not one.equals(other)
    assert ((one["low"] <= one["score"]) & (one["score"] <= one["high"])).all()
    assert (one["high"] - one["low"]).min() > 5


def test_intervals_hold_what_new_samples_give() -> None:
    found = Elo(resamples=200).aggregate(circled(4, n_comparisons=2000)).scores.sort("item")
    inside = []
    for seed in range(50):
        rows = circled(4, n_comparisons=2000).sample(
            fraction=1, with_replacement=True, shuffle=True, seed=seed
        )
        fresh = Elo(orders=0).aggregate(rows).scores.sort("item")["score"]
        inside.append(((found["low"] <= fresh) & (fresh <= found["high"])).to_numpy())
    assert 0.9 < np.mean(inside) <= 0.99


def test_the_loop_as_written_equals_the_compiled_one() -> None:
    left, right = np.array([[0, 1, 0], [1, 2, 2]], dtype=np.int32)
    outcome, plain, fast = np.array([1, 0, -1], dtype=np.int8), np.zeros(3), np.zeros(3)
    _turns_kernel.elo_pass.py_func(np.array([2, 0, 1]), left, right, outcome, 0.1, plain)
    _turns_kernel.elo_pass(np.array([2, 0, 1]), left, right, outcome, 0.1, fast)
    np.testing.assert_allclose(plain, fast)


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ({"k_factor": 0.0}, "'k_factor' must be"),
        ({"initial": float("nan")}, "'initial' must be"),
        ({"orders": -1}, "'orders' must be"),
        ({"resamples": 10}, "needs at least 39 resamples"),
    ],
)
def test_impossible_settings_are_refused(setting: dict[str, float], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        Elo(**setting)
