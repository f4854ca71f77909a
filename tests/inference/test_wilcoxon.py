from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from palate.inference import Wilcoxon

differences = st.lists(st.integers(-6, 6), min_size=2, max_size=9).filter(any).map(np.array)


def compare(values, **settings):
    return Wilcoxon(**settings).compare(np.asarray(values, dtype=float), np.zeros(len(values)))


def plain_p_value(values):
    """Try all ways to sign the ranks that differences other than 0 got among all of them (Pratt, 1959)."""
    ranks = stats.rankdata(np.abs(values))[values != 0]
    signs = np.sign(values)[values != 0]
    ahead = ranks[signs > 0].sum()
    ways = [
        sum(r for r, s in zip(ranks, way, strict=True) if s) for way in product((0, 1), repeat=len(ranks))
    ]
    fewer = sum(w <= ahead for w in ways)
    more = sum(w >= ahead for w in ways)
    return min(1.0, 2 * min(fewer, more) / len(ways))


@settings(max_examples=60, deadline=None)
@given(differences)
def test_p_value_is_exact_with_ties_and_zeros(values):
    assert compare(values).p_value == pytest.approx(plain_p_value(values))


@pytest.mark.parametrize("n", [2, 7, 30, 90])
def test_without_ties_it_is_the_exact_test_of_scipy(n):
    values = np.random.default_rng(n).normal(0.2, 1, n)
    assert compare(values).p_value == pytest.approx(stats.wilcoxon(values, method="exact").pvalue, rel=1e-9)


def test_beyond_the_exact_law_it_is_the_normal_one_of_scipy():
    values = np.round(np.random.default_rng(5).normal(0.06, 1, 700), 1)  # with ties and zeros
    theirs = stats.wilcoxon(values, zero_method="pratt", method="approx", correction=False)
    assert compare(values).p_value == pytest.approx(theirs.pvalue, rel=1e-9)


def test_where_the_exact_law_ends_the_normal_one_goes_on():
    values = np.random.default_rng(8).normal(0.15, 1, 201)
    exact = stats.wilcoxon(values, method="exact").pvalue
    assert compare(values).p_value == pytest.approx(exact, abs=0.0005)


def test_among_very_many_zeros_it_is_the_normal_law_too():
    values = np.concatenate([np.random.default_rng(2).normal(0.1, 1, 150), np.zeros(80_000)])
    theirs = stats.wilcoxon(values, zero_method="pratt", method="approx", correction=False)
    assert compare(values).p_value == pytest.approx(theirs.pvalue, rel=1e-9)


def test_p_value_is_small_never_zero():
    assert 0 < compare(np.arange(1, 5001)).p_value < 1e-300


def test_depression_scores_of_hollander_and_wolfe():
    # Hollander, Wolfe and Chicken, 2014, examples 3.1, 3.3 and 3.4: nine patients before and after a tranquilizer;
    # T+ = 5, P = 0.020 to one side, the estimate -0.46, and bounds -0.786 and -0.010 at 96.1%
    before = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
    after = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])
    found = Wilcoxon(0.96).compare(after, before)
    assert found.p_value == pytest.approx(2 * 0.0195, abs=0.0001)
    assert found.interval.estimate == pytest.approx(-0.46)
    assert found.interval.low == pytest.approx(-0.786)
    assert found.interval.high == pytest.approx(-0.010)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 4000), min_size=5, max_size=14, unique=True),
    st.randoms(use_true_random=False),
    st.sampled_from([0.8, 0.9, 0.95]),
)
def test_interval_holds_zero_where_the_test_does_not_refuse_it(sizes, random, confidence):
    values = np.array([size * random.choice([-1, 1]) for size in sizes])  # no ties: laws agree
    found = compare(values, confidence=confidence)
    assert (0.0 in found.interval) == (found.p_value > 1 - confidence + 1e-12)


def test_below_six_queries_95_percent_has_no_bounds():
    five, six = compare([1, 2, 3, 4, 5]).interval, compare([1, 2, 3, 4, 5, 6]).interval
    assert (five.low, five.high) == (-np.inf, np.inf)
    assert (six.low, six.high) == (1.0, 6.0)


def test_the_interval_is_about_the_queries_that_differ():
    found = compare([0] * 80 + [1, 2, 3, 4, 5, 6])
    assert found.interval == compare([1, 2, 3, 4, 5, 6]).interval
    assert (found.p_value, found.n_queries) == (2 / 2**6, 86)


def test_queries_without_difference_count_for_the_ranks_of_others():
    # ranks 1 to 4 with the zero, 2 to 4 without its own: of 8 ways, sums of at most 2 are {} and {2}
    assert compare([0, -1, 2, 3]).p_value == 2 * 2 / 8
    # with two zeros ranks are 3 to 5, and the sums of at most 5 are {}, {3}, {4} and {5}: 2 * 4 / 8
    assert compare([0, 0, 1, 2, -3]).p_value == 1
    assert compare([1, 2, -3]).p_value == 1  # {}, {1}, {2}, {3}, {1, 2} of ranks 1 to 3


@pytest.mark.parametrize(("n", "runs"), [(12, 400), (60, 300), (260, 100)])
def test_intervals_hold_the_truth_at_least_as_often_as_they_say(n, runs):
    rng = np.random.default_rng(n)
    held = sum(0.1 in compare(rng.normal(0.1, 0.3, n)).interval for _ in range(runs))
    assert held / runs >= 0.95 - 3 * (0.95 * 0.05 / runs) ** 0.5
