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


@settings(max_examples=80, deadline=None)
@given(rankings, rankings, st.floats(0.05, 0.98))
def test_bounds_are_those_of_the_worst_and_the_best_continuation(one, other, p):
    """The worst shares nothing more. The best gives each ranking what only the other has, then the same to both."""

    def endless(mine, theirs, *, best):
        mine, theirs = list(mine), list(theirs)
        if best:
            lacking = [x for x in theirs if x not in mine], [x for x in mine if x not in theirs]
            mine, theirs = mine + lacking[0], theirs + lacking[1]
            mine += [("both", i) for i in range(3000 - len(mine))]
            theirs += [("both", i) for i in range(3000 - len(theirs))]
        else:
            mine += [("mine", i) for i in range(3000 - len(mine))]
            theirs += [("theirs", i) for i in range(3000 - len(theirs))]
        total, seen, common = 0.0, set(), 0
        for depth, (a, b) in enumerate(zip(mine, theirs, strict=True), 1):
            for item in (a, b):
                common += item in seen
                seen.add(item)
            total += (1 - p) * p ** (depth - 1) * common / depth
        return total

    low, high = RBO(p).bounds(one, other)
    assert low == pytest.approx(endless(one, other, best=False), abs=1e-9)
    assert high == pytest.approx(endless(one, other, best=True), abs=1e-9)
    assert low - 1e-12 <= RBO(p).value(one, other) <= high + 1e-12


def test_the_residual_of_lists_of_one_length_is_the_published_sum():
    """Webber et al., 2010, equation 11 for the least; what is unseen weighs as their residual."""
    p, agreement = 0.9, [0, 0, 2 / 3, 2 / 4, 2 / 5, 2 / 6, 2 / 7]
    overlap = [share * depth for depth, share in enumerate(agreement, 1)]
    sums = sum((x - overlap[-1]) * p**d / d for d, x in enumerate(overlap, 1))
    least = (1 - p) / p * (sums - overlap[-1] * np.log(1 - p))
    assert RBO(p).bounds(ONE, OTHER)[0] == pytest.approx(least)


def test_correlations_take_rankings_for_whole():
    from palate.measures.similarity import Kendall

    assert Kendall().bounds("ab", "ba") is None
    with pytest.raises(InputError, match="ranking is empty"):
        RBO().bounds("", "ab")
