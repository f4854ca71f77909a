from decimal import Decimal
from math import inf, sqrt

import pytest
from scipy import stats

from palate.inference._needed import detectable_difference, needed_for, queries_in_all


def power_of_t_test(difference, spread, n, confidence=0.95):
    """The power of the two-sided t-test, by the noncentral t distribution."""
    t = stats.t.isf((1 - confidence) / 2, n - 1)
    shift = difference / spread * sqrt(n)
    return stats.nct.sf(t, n - 1, shift) + stats.nct.cdf(-t, n - 1, shift)


@pytest.mark.parametrize(
    ("d", "confidence", "n"),
    # Cohen, Statistical Power Analysis, 1988; the usual answers of planning software for paired t-tests at 80%
    [(0.5, 0.95, 34), (0.2, 0.95, 199), (0.8, 0.95, 15), (0.5, 0.99, 51)],
)
def test_queries_are_those_of_the_usual_tables(d, confidence, n):
    assert queries_in_all(d, 1.0, confidence) == pytest.approx(n, abs=1)


@pytest.mark.parametrize("d", [0.05, 0.1, 0.3, 0.6, 1.0])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.995])
def test_so_many_queries_have_the_power_asked_for(d, confidence):
    n = queries_in_all(-d, 1.0, confidence)
    assert power_of_t_test(d, 1.0, n, confidence) == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize("n", [10, 50, 250])
def test_the_detectable_difference_is_detected_as_often_as_said(n):
    found = detectable_difference(0.2, n)
    assert power_of_t_test(found, 0.2, n) == pytest.approx(0.8, abs=0.01)
    assert queries_in_all(found * 1.0001, 0.2) == n


def test_no_difference_needs_infinitely_many_and_a_large_one_as_many_as_signs_need():
    assert queries_in_all(0.0, 1.0) == inf
    assert queries_in_all(1e-9, 1.0) > 1e18
    assert queries_in_all(9.0, 1.0) == 6  # 2 * (1/2)^6 is the first below 5%
    assert queries_in_all(9.0, 1.0, 0.99) == 8


def test_answers_and_dollars_grow_with_queries():
    found = needed_for(0.05, 0.3, 100, 0.95, answers=900, cost=Decimal("45.00"))
    assert found.queries == queries_in_all(0.05, 0.3) - 100
    assert found.answers == 9 * found.queries
    assert found.cost == Decimal("0.45") * found.queries
    assert (found.to_dict()["cost"], found.power) == (str(found.cost), 0.8)
    assert needed_for(0.05, 0.3, 100, 0.95).answers is None


def test_near_zero_no_count_is_given():
    found = needed_for(0.001, 0.3, 100, 0.95, answers=900, cost=Decimal(45))
    assert (found.queries, found.answers, found.cost) == (None, None, None)
    assert found.detectable == pytest.approx(detectable_difference(0.3, 100))
    assert found.to_dict()["cost"] is None


def test_where_there_were_enough_nothing_is_said():
    assert needed_for(0.2, 0.3, 100, 0.95) is None
