from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from palate.inference import Sign


def compare(values, **settings):
    return Sign(**settings).compare(np.asarray(values, dtype=float), np.zeros(len(values)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-5, 5), min_size=2, max_size=60).filter(any))
def test_it_is_the_binomial_test_of_scipy_on_what_differs(values):
    won, lost = sum(v > 0 for v in values), sum(v < 0 for v in values)
    assert compare(values).p_value == pytest.approx(stats.binomtest(won, won + lost).pvalue)


def test_eight_of_ten_by_hand():
    tail = sum(comb(10, k) for k in (8, 9, 10)) / 2**10
    assert compare([1, 2, 3, 4, 5, 6, 7, 8, -1, -2, 0, 0]).p_value == pytest.approx(2 * tail)


def test_the_interval_is_about_the_queries_that_differ():
    assert compare([0] * 80 + [1, 2, 3, 4, 5, 6]).interval == compare([1, 2, 3, 4, 5, 6]).interval


def test_median_of_ten_by_hand():
    # P(X <= 1) = 11/1024 is below 2.5%, P(X <= 2) = 56/1024 is not: the 2nd value from either end
    found = compare([9, 1, 5, 3, 7, 2, 8, 4, 6, 10]).interval
    assert (found.low, found.estimate, found.high) == (2, 5.5, 9)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(-50, 50), min_size=2, max_size=40).filter(any),
    st.sampled_from([0.5, 0.8, 0.9, 0.95]),
)
def test_the_interval_holds_zero_where_the_test_does_not_refuse_it(values, confidence):
    found = compare(values, confidence=confidence)
    assert (0.0 in found.interval) == (found.p_value > 1 - confidence + 1e-12)


@pytest.mark.parametrize("n", [11, 60])
def test_intervals_are_those_of_quantile_test_in_scipy(n):
    values = np.random.default_rng(n).normal(size=n)
    theirs = stats.quantile_test(values, q=0, p=0.5).confidence_interval(0.95)
    ours = compare(values).interval
    assert (ours.low, ours.high) == (pytest.approx(theirs.low), pytest.approx(theirs.high))


def test_below_six_queries_95_percent_has_no_bounds():
    assert compare([1, 2, 3, 4, 5]).interval.high == np.inf
    assert compare([1, 2, 3, 4, 5, 6]).interval.low == 1


def test_p_value_is_small_never_zero():
    assert 0 < compare(np.ones(3000)).p_value < 1e-300
