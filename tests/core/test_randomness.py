from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.core.randomness import generator

NAMES = st.lists(st.text(st.characters(min_codepoint=32, codec="utf-8"), min_size=1), min_size=1, max_size=3)


def yardstick(seed, *names):
    """The documented way, once more: a seed of 64 bits and the BLAKE2b digest of the names in four words."""
    text = chr(0x1F).join(str(name) for name in names)
    digest = hashlib.blake2b(text.encode("utf-8"), digest_size=16).digest()
    words = [int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed & (2**64 - 1), *words])))


@pytest.mark.parametrize("seed", [0, 7, -1, 2**63, 2**64 + 5])
@pytest.mark.parametrize("names", [(), ("sample",), ("sample", "pairs", 3), ("Müller", 1.5, None)])
def test_numbers_are_those_of_the_documented_seed(seed, names):
    assert np.array_equal(generator(seed, *names).random(20), yardstick(seed, *names).random(20))


def test_order_of_use_does_not_matter():
    first, second = generator(3, "a").random(5), generator(3, "b").random(5)
    late, early = generator(3, "b").random(5), generator(3, "a").random(5)
    assert np.array_equal(first, early)
    assert np.array_equal(second, late)


@settings(max_examples=100)
@given(st.lists(NAMES, min_size=2, max_size=2, unique_by=tuple))
def test_other_names_give_other_numbers(names):
    first, second = (generator(0, *n).integers(2**63, size=4) for n in names)
    assert not np.array_equal(first, second)


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_other_seeds_give_other_numbers(first, second):
    same = np.array_equal(
        generator(first, "x").integers(2**63, size=4), generator(second, "x").integers(2**63, size=4)
    )
    assert same == (first == second)


def test_names_split_otherwise_are_other_names():
    assert generator(0, "ab", "c").integers(2**62) != generator(0, "a", "bc").integers(2**62)


def test_generator_is_handed_back_and_goes_on():
    rng = np.random.default_rng(1)
    assert generator(rng, "any", "names") is rng


def test_streams_of_different_names_are_uncorrelated():
    streams = np.array([generator(0, "stream", i).standard_normal(4000) for i in range(8)])
    correlations = np.corrcoef(streams)[np.triu_indices(8, 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(4000)
