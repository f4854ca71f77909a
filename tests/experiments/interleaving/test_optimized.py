from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.core.errors import SettingsError
from palate.experiments.interleaving import Optimized

CREDITS = ("inverse_rank", "linear", "binary")
ranking = st.lists(st.integers(0, 7), min_size=2, max_size=6, unique=True)


def unites_beginnings(items, a, b):
    return all(
        any(set(items[:k]) == {*a[:i], *b[:j]} for i in range(len(a) + 1) for j in range(len(b) + 1))
        for k in range(1, len(items) + 1)
    )


@settings(max_examples=25, deadline=None)
@given(a=ranking, b=ranking, length=st.integers(1, 4))
def test_lists_are_all_those_whose_beginnings_unite_beginnings(a, b, length):
    found, _ = Optimized().lists(a, b, length)
    every = permutations({*a, *b}, min(length, len({*a, *b})))
    assert {shown.items for shown in found} == {items for items in every if unites_beginnings(items, a, b)}


@pytest.mark.parametrize("credit", CREDITS)
@settings(max_examples=25, deadline=None)
@given(a=ranking, b=ranking, length=st.integers(1, 6))
def test_credit_is_fair_at_every_rank(credit, a, b, length):
    found, probabilities = Optimized(credit).lists(a, b, length)
    assert probabilities.sum() == pytest.approx(1)
    assert probabilities.min() >= 0
    assert np.abs(probabilities @ np.array([shown.credits for shown in found])).max() < 1e-9


def test_credit_follows_from_ranks():
    # a: 1st and 3rd; b: 2nd and 1st; c: 3rd and 2nd.
    wanted = {
        "inverse_rank": {"a": 1 - 1 / 3, "b": 1 / 2 - 1, "c": 1 / 3 - 1 / 2},
        "linear": {"a": 2 / 4, "b": -1 / 4, "c": -1 / 4},
        "binary": {"a": 1, "b": -1, "c": -1},
    }
    for credit, of_items in wanted.items():
        for shown in Optimized(credit).lists("abc", "bca", 2)[0]:
            assert shown.credits == pytest.approx([of_items[item] for item in shown.items])


def test_where_no_probabilities_are_fair_the_mean_credit_of_the_rank_is_taken_off():
    # a counts for A, b and c for B. Rank 1 is fair if abc has probability 1/2; then ranks 2 and 3 cannot both be.
    found, probabilities = Optimized("binary").lists("abc", "bca", 3)
    credit = np.array([shown.credits for shown in found])
    assert np.abs(probabilities @ credit).max() < 1e-12
    assert not np.isin(credit, (-1, 1)).all()


def test_an_item_that_one_ranking_lacks_counts_for_the_other():
    found, _ = Optimized("inverse_rank").lists("abx", "bay", 3)
    credit = {item: value for shown in found for item, value in zip(shown.items, shown.credits, strict=True)}
    assert credit["x"] == pytest.approx(1 / 3 - 1 / 4)
    assert credit["y"] == pytest.approx(1 / 4 - 1 / 3)


def test_lists_that_tell_most_are_shown():
    # Of lists of two from ab and ba, both are needed for fairness; their credits tell the same.
    found, probabilities = Optimized("inverse_rank").lists("ab", "ba", 2)
    assert dict(zip((s.items for s in found), probabilities, strict=True)) == pytest.approx(
        {("a", "b"): 0.5, ("b", "a"): 0.5}
    )


@pytest.mark.parametrize("credit", CREDITS)
def test_lists_of_items_of_both_systems_tell_most(credit):
    found, probabilities = Optimized(credit).lists("abc", "xyz", 2)
    shown = {"".join(s.items) for s, p in zip(found, probabilities, strict=True) if p > 1e-9}
    assert shown == {"ax", "xa"}


def test_long_lists_are_refused_before_they_are_made():
    with pytest.raises(SettingsError, match="'length' must be at most 12; it is 30"):
        Optimized().interleave(range(50), range(50), 30)
    with pytest.raises(SettingsError, match="linear, binary or inverse_rank; it is 'exact'"):
        Optimized(credit="exact")
