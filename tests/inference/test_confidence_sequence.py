from __future__ import annotations

import json
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from palate.core.errors import InputError, SettingsError
from palate.inference import ConfidenceSequence, confidence_sequence
from palate.inference._sequence_processes import Betting

METHODS = ("betting", "empirical-bernstein", "asymptotic")
HORIZONS = (50, 200, 800, 3200, 12800, None)
WEIGHTS = (0.2, 0.2, 0.2, 0.2, 0.1, 0.1)
VALUES = st.lists(st.integers(-4, 4).map(lambda v: v / 4), min_size=1, max_size=150)


def guesses(x):
    """Yield each value with its number, and the mean and variance guessed before it: eq. 15 of the paper, step by step."""
    total, squares = 0.0, 0.0
    for t, value in enumerate(x, 1):
        yield t, value, (0.5 + total) / t, (0.25 + squares) / t
        total += value
        squares += (value - (0.5 + total) / (t + 1)) ** 2


def capital(x, m, alpha, side):
    """Return the mixture of capitals of bets on values above (side 1) or below (-1) ``m``, by products."""
    shares = [1.0] * len(HORIZONS)
    most = 0.75 / max(m if side == 1 else 1 - m, 0.01)
    for t, value, _, variance in guesses(x):
        for i, horizon in enumerate(HORIZONS):
            end = t * log(t + 1) if horizon is None else horizon
            bet = min(sqrt(2 * log(2 / alpha) / (variance * end)), most)
            shares[i] *= 1 + side * bet * (value - m)
    return sum(w * share for w, share in zip(WEIGHTS, shares, strict=True))


def bisected(excluded, low, high):
    """Return where ``excluded`` turns from true (at ``low``) to false, to 1e-9."""
    while abs(high - low) > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if excluded(middle) else (low, middle)
    return low


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(5)
    return rng.choice([-1.0, -0.5, 0.0, 0.25, 1.0], 130, p=[0.1, 0.1, 0.3, 0.3, 0.2])


def test_betting_is_the_mixture_of_hedged_capitals(sample):
    state = ConfidenceSequence(null=0.1).start()
    state.add(sample)
    x = (sample + 1) / 2
    capitals = [capital(x, 0.55, 0.05, side) / 2 for side in (1, -1)]
    assert state.e_value == pytest.approx(max(capitals), rel=1e-9)


def test_betting_excludes_what_capital_excludes_and_little_less(sample):
    x = (sample + 1) / 2
    low = 2 * bisected(lambda m: capital(x, m, 0.05, 1) >= 40, 0.0, 0.9) - 1
    high = 2 * (1 - bisected(lambda m: capital(x, 1 - m, 0.05, -1) >= 40, 0.0, 0.9)) - 1
    lows, highs, _ = ConfidenceSequence().start()._process.advance(sample)
    assert low - 0.02 * abs(low) - 0.0005 < lows[-1] <= low + 1e-9
    assert high - 1e-9 <= highs[-1] < high + 0.02 * abs(high) + 0.0005


def test_empirical_bernstein_is_its_formula(sample):
    x = (sample + 1) / 2
    weight = weighted = paid = 0.0
    for t, value, mean, variance in guesses(x):
        bet = min(sqrt(2 * log(40) / (variance * t * log(t + 1))), 0.5)
        weight, weighted = weight + bet, weighted + bet * value
        paid += 4 * (value - mean) ** 2 * (-log(1 - bet) - bet) / 4
    reach = (log(40) + paid) / weight
    state = ConfidenceSequence("empirical-bernstein").start()
    lows, highs, _ = state._process.advance(sample)
    assert lows[-1] == pytest.approx(2 * (weighted / weight - reach) - 1)
    assert highs[-1] == pytest.approx(2 * (weighted / weight + reach) - 1)


def test_asymptotic_is_its_formula_and_tightest_where_tuned():
    values = 7 + np.random.default_rng(3).normal(0.5, 3, 400)
    n, alpha = len(values), 0.1

    def reach(mixing):
        inside = 2 * (n * mixing + 1) / (n**2 * mixing) * log(sqrt(n * mixing + 1) / alpha)
        return values.std() * sqrt(inside)

    tightest = min(reach(u / n) for u in np.linspace(1, 20, 4000))
    sequence = ConfidenceSequence("asymptotic", 0.9, null=7, tuned_for=n)
    lows, highs, evidence = sequence.start()._process.advance(values)
    assert (highs[-1] - lows[-1]) / 2 == pytest.approx(tightest, rel=1e-6)
    assert (highs[-1] + lows[-1]) / 2 == pytest.approx(values.mean())
    assert not np.isfinite(lows[:49]).any()
    assert np.isfinite(lows[49:]).all()
    # The bound is where the e-value against it is 1 over alpha.
    at_bound = ConfidenceSequence("asymptotic", 0.9, null=float(lows[-1]), tuned_for=n).start()
    at_bound.add(values)
    assert at_bound.e_value == pytest.approx(10, rel=1e-6)
    assert np.exp(evidence[-1]) > 1


def test_ties_alone_tell_the_asymptotic_sequence_nothing():
    state = ConfidenceSequence("asymptotic").start()
    state.add([0.3] * 200)
    assert (state.interval.low, state.interval.high) == (-np.inf, np.inf)
    assert state.p_value == 1


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=25, deadline=None)
@given(values=VALUES, cut=st.integers(0, 150))
def test_parts_saved_and_resumed_give_what_all_at_once_gives(method, values, cut):
    sequence = ConfidenceSequence(method, warm_up=5)
    at_once = sequence.start()
    path = at_once.add(values)
    first = sequence.start()
    first.add(values[:cut])
    state = sequence.resume(json.loads(json.dumps(first.to_dict(), allow_nan=False)))
    state.add(values[cut:])
    assert state.n == at_once.n == len(path.n)
    assert state.interval.estimate == pytest.approx(np.mean(values))
    np.testing.assert_allclose(state._bounds, at_once._bounds, rtol=1e-9)
    assert state.p_value == pytest.approx(at_once.p_value, rel=1e-6)
    assert state.e_value == pytest.approx(at_once.e_value, rel=1e-6)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=25, deadline=None)
@given(values=VALUES)
def test_bounds_only_close_and_exclude_null_when_p_is_small(method, values):
    path = confidence_sequence(values, ConfidenceSequence(method, warm_up=5))
    assert (path.low[1:] >= path.low[:-1]).all()
    assert (path.high[1:] <= path.high[:-1]).all()
    assert (path.p_value[1:] <= path.p_value[:-1]).all()
    assert (path.p_value > 0).all()
    outside = (path.low > 0) | (path.high < 0)
    np.testing.assert_array_equal(outside, path.p_value <= 0.05)


@pytest.mark.parametrize("method", METHODS)
def test_turned_values_turn_the_interval(method, sample):
    path, turned = (confidence_sequence(v, ConfidenceSequence(method)) for v in (sample, -sample))
    np.testing.assert_allclose(path.low, -turned.high, atol=1e-12)
    np.testing.assert_allclose(path.p_value, turned.p_value)


def test_values_on_another_scale_give_the_same_on_that_scale(sample):
    watched = ConfidenceSequence(low=0, high=600, null=300)
    path = confidence_sequence(300 + 300 * sample, watched)
    plain = confidence_sequence(sample)
    np.testing.assert_allclose(path.low, 300 + 300 * plain.low, rtol=1e-9)


def test_peeking_is_wrong_no_more_often_than_promised_where_a_test_is():
    rng = np.random.default_rng(11)
    runs, length = 120, 150
    values = rng.choice([-1.0, 0.0, 1.0], (runs, length), p=[0.3, 0.4, 0.3])
    wrong = sum(confidence_sequence(row).p_value[-1] <= 0.05 for row in values)
    assert wrong <= stats.binom.ppf(0.9999, runs, 0.05)
    n = np.arange(1, length + 1)
    means = np.cumsum(values, axis=1) / n
    spread = np.sqrt(
        np.maximum(np.cumsum(values**2, axis=1) / n - means**2, 1e-12) * n / np.maximum(n - 1, 1)
    )
    p = 2 * stats.t.sf(np.abs(means) / (spread / np.sqrt(n)), np.maximum(n - 1, 1))
    naive = (p[:, 9:] <= 0.05).any(axis=1).sum()
    assert naive > stats.binom.ppf(0.9999, runs, 0.1)


def test_the_mean_is_in_all_intervals_as_often_as_promised():
    rng = np.random.default_rng(12)
    runs = 60
    values = rng.beta(2, 5, (runs, 150))  # mean 2/7
    sequence = ConfidenceSequence(confidence=0.9, low=0, high=1, null=0.5)
    paths = [confidence_sequence(row, sequence) for row in values]
    missed = sum(not path.low[-1] <= 2 / 7 <= path.high[-1] for path in paths)
    assert missed <= stats.binom.ppf(0.9999, runs, 0.1)


def test_a_mean_that_changes_leaves_no_common_interval():
    state = ConfidenceSequence().start()
    state.add([0.5, 0.4] * 200)
    assert not state.drifted
    state.add([-0.5, -0.4] * 2000)
    assert state.drifted
    assert (state.interval.low, state.interval.high) == (-1, 1)


def test_no_values_have_no_mean_and_change_nothing():
    state = ConfidenceSequence().start()
    assert (state.n, state.p_value, state.e_value) == (0, 1.0, 1.0)
    assert not len(state.add([]).n)
    with pytest.raises(InputError, match="no values yet"):
        _ = state.interval
    with pytest.raises(InputError, match="at least one value"):
        confidence_sequence([])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([0.1, float("nan")], "value 2 of 2 is nan"),
        ([0.1, 0.2, -1.5], "between -1 and 1; value 3 of 3 is -1.5"),
        ([[0.1]], "a list of numbers"),
    ],
)
def test_refused_values_are_not_added(values, message):
    state = ConfidenceSequence().start()
    state.add([0.5])
    with pytest.raises(InputError, match=message):
        state.add(values)
    assert state.n == 1
    assert state.estimate == 0.5


@pytest.mark.parametrize(
    "wrong",
    [
        {"method": "guess"},
        {"confidence": 1.0},
        {"low": 0.0},
        {"high": float("inf")},
        {"null": float("nan")},
        {"warm_up": 0},
    ],
)
def test_bad_settings_are_refused(wrong):
    with pytest.raises(SettingsError):
        ConfidenceSequence(**wrong)


def test_a_saved_sequence_goes_on_under_its_own_settings_only():
    saved = ConfidenceSequence().start().to_dict()
    with pytest.raises(SettingsError, match="cannot go on"):
        ConfidenceSequence(confidence=0.9).resume(saved)
    del saved["process"]
    with pytest.raises(InputError, match="lacks 'process'"):
        ConfidenceSequence().resume(saved)


def test_path_is_json():
    path = confidence_sequence([0.1] * 3, ConfidenceSequence("asymptotic"))
    saved = json.loads(json.dumps(path.to_dict(), allow_nan=False))
    assert saved["low"] == [None] * 3
    assert saved["n"] == [1, 2, 3]
    assert saved["p_value"] == [1.0] * 3


def test_capital_against_one_mean_does_not_depend_on_the_grid(sample):
    alone = Betting(0.05, -1, 1, 0, grid=np.zeros(1)).advance(sample)[2]
    np.testing.assert_allclose(alone, Betting(0.05, -1, 1, 0).advance(sample)[2], rtol=1e-9, atol=1e-12)
