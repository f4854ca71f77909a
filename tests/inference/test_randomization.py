from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.core.errors import SettingsError
from palate.inference import Randomization, randomization

differences = st.lists(st.integers(-8, 8), min_size=2, max_size=7).map(lambda d: np.array(d) / 16)


def plain_p_value(values, shift=0.0):
    """Try all ways to flip the signs, by the definition."""
    shifted = [value - shift for value in values]
    observed = abs(sum(shifted))
    sums = [
        abs(sum(s * v for s, v in zip(signs, shifted, strict=True)))
        for signs in product((1, -1), repeat=len(values))
    ]
    return sum(s >= observed - 1e-9 for s in sums) / len(sums)


def compare(values, **settings):
    return Randomization(**settings).compare(np.asarray(values, dtype=float), np.zeros(len(values)))


def test_p_value_by_hand():
    # of the 8 ways to flip (3, 1, 2), only none and all give a sum of 6 or more
    assert compare([3, 1, 2]).p_value == 2 / 8
    # |±3 ±1 ±2| >= 4 for none, for the 1 flipped, and for their opposites
    assert compare([3, -1, 2]).p_value == 4 / 8


@settings(max_examples=60, deadline=None)
@given(differences)
def test_p_value_is_exact_for_few_queries(values):
    expected = 1.0 if not values.any() else plain_p_value(values)
    assert compare(values).p_value == pytest.approx(expected)


@settings(max_examples=40, deadline=None)
@given(differences, st.sampled_from([0.5, 0.8, 0.9, 0.95]))
def test_interval_holds_what_the_test_does_not_refuse(values, confidence):
    found = compare(values, confidence=confidence)
    if not values.any():
        return
    for shift in np.linspace(-0.6, 0.6, 25) + 0.003:
        assert (shift in found.interval) == (plain_p_value(values, shift) > 1 - confidence + 1e-9)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-8, 8), min_size=2, max_size=40), st.integers(0, 99))
def test_zero_is_outside_exactly_where_p_is_small(values, seed):
    test = Randomization(resamples=400)
    found = test.compare(np.array(values) / 10, np.zeros(len(values)), seed=seed)
    assert (0.0 in found.interval) == (found.p_value > 0.05 + 1e-12)


def test_below_six_queries_95_percent_has_no_bounds():
    five, six = compare([1, 2, 3, 4, 5]).interval, compare([1, 2, 3, 4, 5, 6]).interval
    assert (five.low, five.high) == (-np.inf, np.inf)
    assert (six.low, six.high) == (1.0, 6.0)  # of 64 subsets the empty one lies outside; the next mean is 1


def test_random_flips_come_near_all_flips():
    values = np.random.default_rng(2).normal(0.3, 1, 12)
    exact, random = compare(values, resamples=4096), compare(values, resamples=4000)
    assert random.p_value == pytest.approx(exact.p_value, abs=0.02)
    assert random.p_value != exact.p_value
    assert random.interval.low == pytest.approx(exact.interval.low, abs=0.05)
    assert random.interval.high == pytest.approx(exact.interval.high, abs=0.05)


def test_random_p_value_counts_the_observed_signs():
    found = Randomization(resamples=99).compare(np.full(50, 0.9), np.full(50, 0.1))
    assert found.p_value == 1 / 100


@pytest.mark.parametrize("n", [5, 30])
def test_the_size_of_blocks_changes_no_bit(monkeypatch, n):
    values = np.random.default_rng(3).normal(0.2, 1, n)
    whole = compare(values, resamples=300)
    monkeypatch.setattr(randomization, "_BLOCK", 7 * n)
    assert compare(values, resamples=300) == whole


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(13)
    test = Randomization(resamples=400)
    held = sum(
        0.1 in test.compare(rng.normal(0.1, 0.3, 40), np.zeros(40), seed=seed).interval for seed in range(300)
    )
    assert 0.91 <= held / 300 <= 0.98


def test_too_few_resamples_are_refused():
    with pytest.raises(SettingsError, match="95% needs at least 39 resamples"):
        Randomization(resamples=10)
