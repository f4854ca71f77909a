import json
from dataclasses import asdict
from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from palate.core.errors import InputError
from palate.inference import Effects, Interval, effects_of


def test_sizes_by_hand():
    # 0.1, 0.3, 0.2, 0, -0.1: mean 0.1, squares around it sum to 0.1, so the spread is sqrt(0.1 / 4)
    found = effects_of(np.array([0.1, 0.3, 0.2, 0.0, -0.1]))
    assert found.spread == pytest.approx(sqrt(0.025))
    assert found.cohen_d.estimate == pytest.approx(0.1 / sqrt(0.025))
    assert (found.wins, found.ties, found.losses) == (3, 1, 1)
    assert found.won.estimate == pytest.approx(3.5 / 5)


@pytest.mark.parametrize(("n", "mean"), [(3, 0.4), (10, 1.5), (50, 0.3), (400, 0.02), (120, -2.0)])
def test_bounds_of_cohens_d_invert_the_noncentral_t(n, mean):
    values = stats.norm.ppf((np.arange(n) + 0.5) / n)
    values = (values - values.mean()) / values.std(ddof=1) + mean
    found = effects_of(values, 0.9).cohen_d
    t = mean * sqrt(n)
    assert found.estimate == pytest.approx(mean)
    assert stats.nct.sf(t, n - 1, found.low * sqrt(n)) == pytest.approx(0.05, abs=5e-5)
    assert stats.nct.cdf(t, n - 1, found.high * sqrt(n)) == pytest.approx(0.05, abs=5e-5)


def test_nearly_the_same_difference_everywhere_has_bounds_too():
    # where the mean is so far from 0, only the spread's law matters: d times chi / sqrt(19) at 2.5% and 97.5%
    values = 1 + 1e-6 * stats.norm.ppf((np.arange(20) + 0.5) / 20)
    found = effects_of(values).cohen_d
    low, high = np.sqrt(stats.chi2.ppf([0.025, 0.975], 19) / 19)
    assert found.low == pytest.approx(found.estimate * low, rel=2e-3)
    assert found.high == pytest.approx(found.estimate * high, rel=2e-3)


@pytest.mark.parametrize(("freedom", "factor"), [(2, 0.5642), (10, 0.9228), (50, 0.9849)])
def test_hedges_factor_is_that_of_his_table(freedom, factor):
    # Hedges, Journal of Educational Statistics, 1981, table 1: c(m)
    found = effects_of(np.random.default_rng(freedom).normal(1, 1, freedom + 1))
    for g, d in zip(asdict(found.hedges_g).values(), asdict(found.cohen_d).values(), strict=True):
        assert g == pytest.approx(d if d == 0.95 else d * factor, rel=1e-4)


@pytest.mark.parametrize(
    ("won", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_share_won_has_wilsons_interval(won, n, low, high):
    # Newcombe, Statistics in Medicine, 1998, table I, method 3
    found = effects_of(np.array([1.0] * won + [-0.5] * (n - won))).won
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-8, 8), min_size=2, max_size=40))
def test_the_other_system_sees_the_opposite(values):
    one, other = effects_of(np.array(values) / 8), effects_of(-np.array(values) / 8)
    for mine, theirs in ((one.reversed().won, other.won), (one.reversed().cohen_d, other.cohen_d)):
        if theirs is None:
            assert mine is None
        else:
            assert asdict(mine) == pytest.approx(asdict(theirs), abs=1e-7)
    assert (one.wins, one.losses, one.ties) == (other.losses, other.wins, other.ties)


def test_where_nothing_varies_there_is_no_standardized_difference():
    for same in (np.zeros(9), np.full(9, 0.1), np.array([0.3 - 0.2, 0.2 - 0.1, 0.1])):
        found = effects_of(same)
        assert (found.spread, found.cohen_d, found.hedges_g) == (0.0, None, None)
    assert effects_of(np.zeros(9)).won.estimate == 0.5
    assert effects_of(np.array([0.1, 0.2])).cohen_d is None


def test_differences_that_rounding_hides_are_ties():
    assert effects_of(np.array([0.1 + 0.2 - 0.3, 0.5, -0.5])).ties == 1


@pytest.mark.parametrize("values", [[0.1, 0.3, -0.2, 0.0], [0.0, 0.0], [1.0, 1.0, 1.0]])
def test_effects_come_back_from_json(values):
    before = effects_of(np.array(values))
    assert Effects.from_dict(json.loads(json.dumps(before.to_dict(), allow_nan=False))) == before


def test_an_infinite_bound_comes_back_too():
    before = Effects(1.0, Interval(0.1, -inf, inf), None, Interval(0.5, 0.2, 0.8), 1, 1, 1)
    assert Effects.from_dict(json.loads(json.dumps(before.to_dict(), allow_nan=False))) == before


@pytest.mark.parametrize(
    ("values", "message"), [([0.1], "at least 2"), ([0.1, float("nan")], "must be finite")]
)
def test_bad_differences_are_refused(values, message):
    with pytest.raises(InputError, match=message):
        effects_of(np.array(values))


def test_intervals_of_cohens_d_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(9)
    held = sum(0.4 in effects_of(rng.normal(0.4, 1, 20)).cohen_d for _ in range(600))
    assert abs(held / 600 - 0.95) <= 3 * (0.95 * 0.05 / 600) ** 0.5
