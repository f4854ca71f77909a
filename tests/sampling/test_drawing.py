from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.sampling._drawing import draw, proportional


@given(
    weights=st.lists(st.sampled_from([0.0, 0.1, 1.0, 3.0, 50.0]), min_size=1, max_size=12),
    total=st.floats(0, 15),
)
@settings(max_examples=100, deadline=None)
def test_shares_add_up_and_are_proportional_below_the_cap(weights: list[float], total: float) -> None:
    array = np.array(weights)
    found = proportional(array, total)
    assert found.sum() == pytest.approx(min(total, np.count_nonzero(array)))
    assert (found <= 1 + 1e-12).all()
    assert (found[array == 0] == 0).all()
    free = (found < 1 - 1e-9) & (array > 0)
    if free.any():
        scale = found[free] / array[free]
        assert scale == pytest.approx(np.full(len(scale), scale[0]))
        assert (array[~free & (array > 0)] * scale[0] >= 1 - 1e-6).all()


def test_everything_is_drawn_as_often_as_its_inclusion_says() -> None:
    rng = np.random.default_rng(1)
    inclusion = np.array([0.05, 0.9, 0.5, 0.3, 1.0, 0.0, 0.6, 0.65])
    draws = np.array([draw(inclusion, rng) for _ in range(4000)])
    error = np.sqrt(inclusion * (1 - inclusion) / 4000)
    assert (np.abs(draws.mean(axis=0) - inclusion) <= 4.5 * error).all()
    assert set(draws.sum(axis=1)) == {4}


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(0, 5))
@settings(max_examples=100, deadline=None)
def test_every_stretch_has_nearly_as_many_as_its_inclusions_add_up_to(
    inclusion: list[float], seed: int
) -> None:
    taken = draw(np.array(inclusion), np.random.default_rng(seed))
    sums, counts = np.cumsum(inclusion), np.cumsum(taken)
    assert (np.abs(sums - counts) < 1 + 1e-6).all()
    for (a, b), (c, d) in zip(pairwise(sums), pairwise(counts), strict=True):
        assert abs((b - a) - (d - c)) < 1 + 1e-6


def test_equal_inclusions_in_random_order_are_a_plain_random_sample() -> None:
    """Every pair of 6 is drawn together as often as plain sampling of 3 does: 3 · 2 / (6 · 5)."""
    rng, together = np.random.default_rng(2), np.zeros((6, 6))
    for _ in range(3000):
        order = rng.permutation(6)
        taken = order[draw(np.full(6, 0.5), rng)]
        together[np.ix_(taken, taken)] += 1
    pairs = together[np.triu_indices(6, 1)] / 3000
    assert np.abs(pairs - 0.2).max() < 4.5 * np.sqrt(0.2 * 0.8 / 3000)
