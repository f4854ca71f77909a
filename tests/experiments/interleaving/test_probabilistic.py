from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.core.errors import SettingsError
from palate.experiments.interleaving import Probabilistic

ranking = st.lists(st.integers(0, 9), min_size=5, max_size=7, unique=True)


def softmax(items, shown, decay):
    weights = {item: rank**-decay for rank, item in enumerate(items, 1) if item not in shown}
    total = sum(weights.values())
    return {item: weight / total for item, weight in weights.items()}


@settings(max_examples=40, deadline=None)
@given(a=ranking, b=ranking, seed=st.integers(0, 99), clicks=st.lists(st.booleans(), min_size=4, max_size=4))
def test_credit_is_the_mean_over_all_ways_in_which_the_list_could_have_come_about(a, b, seed, clicks):
    found = Probabilistic(decay=2.0).interleave(a, b, 4, seed)
    total = mean = 0.0
    for owners in product((0, 1), repeat=4):
        likelihood, difference = 1.0, 0
        for position, owner in enumerate(owners):
            chances = softmax((a, b)[owner], found.items[:position], 2.0)
            likelihood *= 0.5 * chances.get(found.items[position], 0.0)
            difference += clicks[position] * (1, -1)[owner]
        total += likelihood
        mean += likelihood * difference
    credit = sum(c for c, clicked in zip(found.credits, clicks, strict=True) if clicked)
    assert credit == pytest.approx(mean / total)


def test_items_are_drawn_by_the_softmax_of_ranks():
    firsts = [Probabilistic(decay=1.0).interleave("abc", "bca", 1, seed).items[0] for seed in range(6000)]
    weights = {"a": (1 + 1 / 3), "b": (1 / 2 + 1), "c": (1 / 3 + 1 / 2)}
    for item, weight in weights.items():
        assert firsts.count(item) / 6000 == pytest.approx(weight / sum(weights.values()), abs=0.025)


def test_decay_must_be_positive():
    with pytest.raises(SettingsError, match="'decay' must be a number above 0"):
        Probabilistic(decay=0)
