"""What every way to interleave keeps, today's and tomorrow's."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.core.errors import InputError, SettingsError
from palate.experiments.interleaving import interleavers

EVERY = [kind() for kind in interleavers]
every_interleaver = pytest.mark.parametrize("method", EVERY, ids=interleavers.name_of)

ranking = st.lists(st.integers(0, 12), min_size=1, max_size=8, unique=True)


def draws(method, a, b, length, n):
    """Return the credits of ``n`` lists, shape (n, length shown)."""
    rng = np.random.default_rng(0)
    return np.array([method.interleave(a, b, length, rng).credits for _ in range(n)])


@every_interleaver
@settings(max_examples=40, deadline=None)
@given(a=ranking, b=ranking, length=st.integers(1, 6), seed=st.integers(0, 99))
def test_lists_show_different_items_of_both_rankings(method, a, b, length, seed):
    found = method.interleave(a, b, length, seed)
    assert len(found.items) == len(found.credits) == min(length, len({*a, *b}))
    assert len(set(found.items)) == len(found.items)
    assert set(found.items) <= {*a, *b}
    assert all(-2 <= credit <= 2 for credit in found.credits)
    assert found == method.interleave(a, b, length, seed)


@every_interleaver
@pytest.mark.parametrize(
    ("a", "b"), [("abcdef", "bcadfe"), ("abc", "xyz"), ("ab", "cadbe"), ("a", "bcde"), ("bca", "abc")]
)
def test_who_clicks_on_ranks_alone_prefers_no_system(method, a, b):
    found = draws(method, a, b, 4, 2500)
    error = found.std(axis=0) / len(found) ** 0.5
    assert np.abs(found.mean(axis=0) / np.where(error > 0, error, 1)).max() < 4.5


@every_interleaver
def test_who_clicks_on_relevant_items_prefers_the_system_that_ranks_them_higher(method):
    rng = np.random.default_rng(1)
    total = 0.0
    for _ in range(400):
        shown = method.interleave("abcdef", "fedcba", 4, rng)
        total += sum(c for item, c in zip(shown.items, shown.credits, strict=True) if item in "ab")
    assert total / 400 > 0.1


@every_interleaver
@pytest.mark.parametrize("items", list(permutations("abc"))[:3])
def test_equal_rankings_stay_and_are_never_preferred(method, items):
    found = [method.interleave(items, items, 3, seed) for seed in range(300)]
    if interleavers.name_of(method) != "probabilistic":
        assert {shown.items for shown in found} == {tuple(items)}
    assert abs(np.mean([shown.credits[0] for shown in found])) < 4.5 / 300**0.5


@every_interleaver
def test_bad_rankings_and_lengths_are_refused(method):
    with pytest.raises(InputError, match="The ranking of system B is empty"):
        method.interleave("ab", "")
    with pytest.raises(InputError, match="system A holds the item 'b' more than once"):
        method.interleave("abcb", "ab")
    with pytest.raises(SettingsError, match="'length' must be at least 1"):
        method.interleave("ab", "ab", 0)
