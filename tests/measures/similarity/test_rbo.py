import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.core.errors import InputError, SettingsError
from palate.measures.similarity import RBO

ONE, OTHER = "abcdefg", "zcavwxy"
"""The example rankings of Webber et al., 2010, and their published agreement at depths 1 to 7."""
AGREEMENT = [0, 0, 0.667, 0.5, 0.4, 0.333, 0.286]

rankings = st.lists(st.sampled_from("abcdefghij"), min_size=1, unique=True)


@pytest.mark.parametrize("p", [0.5, 0.8, 0.9])
def test_published_agreement_gives_the_weighted_mean(p):
    weights = [(1 - p) * p**depth for depth in range(7)]
    wanted = np.dot(weights, AGREEMENT) + p**7 * AGREEMENT[-1]
    assert RBO(p).value(ONE, OTHER) == pytest.approx(wanted, abs=5e-4)


@settings(max_examples=80, deadline=None)
@given(rankings, rankings, st.floats(0.05, 0.98))
def test_values_are_those_of_the_endless_sum_of_assumed_agreement(one, other, p):
    """Equation 32 by its meaning: agreement as seen, then as assumed, summed over 3,000 depths."""
    short, long = sorted((one, other), key=len)
    s, n = len(short), len(long)
    total = 0.0
    for depth in range(1, 3001):
        seen = len(set(short[:depth]) & set(long[:depth]))
        at_end = len(set(short) & set(long[:s]))
        if depth <= s:
            agreement = seen / depth
        elif depth <= n:  # the short one goes on to agree as it did at its end
            agreement = (seen + at_end * (depth - s) / s) / depth
        else:
            agreement = (len(set(short) & set(long)) - at_end) / n + at_end / s
        total += (1 - p) * p ** (depth - 1) * agreement
    assert RBO(p).value(one, other) == pytest.approx(total, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(rankings, rankings)
def test_it_is_symmetric_and_one_for_the_same(one, other):
    assert RBO().value(one, other) == RBO().value(other, one)
    assert RBO().value(one, one) == pytest.approx(1.0)
    assert 0 <= RBO().value(one, other) <= 1


def test_disjoint_rankings_are_not_alike():
    assert RBO().value("abc", "xyz") == 0.0


@pytest.mark.parametrize(("one", "message"), [("", "ranking is empty"), ("aba", "holds 'a' more than once")])
def test_what_is_no_ranking_is_refused(one, message):
    with pytest.raises(InputError, match=message):
        RBO().value(one, "ab")


def test_p_lies_between_zero_and_one():
    with pytest.raises(SettingsError, match="p of RBO must be a number from"):
        RBO(p=1)
