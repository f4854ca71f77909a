from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.inference._signed_ranks import signed_rank_law, snapped, walsh_average

numbers = st.lists(st.integers(-9, 9), min_size=1, max_size=12).map(lambda d: np.array(d) / 8)


def test_differences_that_only_rounding_tells_apart_are_ties():
    found = snapped(np.array([0.3 - 0.2, 0.2 - 0.1, 0.1 + 0.2 - 0.3, 0.5]))
    assert found[0] == found[1] == pytest.approx(0.1)
    assert found[2] == 0.0
    assert snapped(np.zeros(3)).tolist() == [0, 0, 0]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_the_law_counts_every_way_to_choose_ranks(ranks):
    sums = [
        sum(r for r, taken in zip(ranks, way, strict=True) if taken)
        for way in product((0, 1), repeat=len(ranks))
    ]
    expected = np.bincount(sums, minlength=sum(ranks) + 1) / 2 ** len(ranks)
    assert signed_rank_law(np.array(ranks)) == pytest.approx(expected)


@settings(max_examples=60, deadline=None)
@given(numbers)
def test_walsh_averages_are_those_of_the_sorted_list(values):
    ordered = np.sort(values)
    plain = sorted((x + y) / 2 for i, x in enumerate(ordered) for y in ordered[i:])
    found = [walsh_average(ordered, which) for which in range(1, len(plain) + 1)]
    assert found == pytest.approx(plain, abs=1e-12)


def test_walsh_averages_of_many_values_need_no_list_of_them():
    ordered = np.sort(np.random.default_rng(1).normal(size=2001))
    upper = np.add.outer(ordered, ordered)[np.triu_indices(2001)] / 2
    for which in (1, 17_000, len(upper) // 2, len(upper)):
        assert walsh_average(ordered, which) == pytest.approx(
            np.partition(upper, which - 1)[which - 1], abs=1e-12
        )
