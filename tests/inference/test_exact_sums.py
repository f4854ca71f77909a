from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.inference._exact_sums import ExactSums

rows = st.integers(2, 40).flatmap(
    lambda n: st.lists(st.lists(st.floats(-1, 1), min_size=n, max_size=n), min_size=1, max_size=5)
)


@settings(max_examples=60, deadline=None)
@given(rows, st.integers(0, 99))
def test_sums_are_those_of_fractions(rows, seed):
    values, n = np.array(rows), len(rows[0])
    drawn = np.random.default_rng(seed).integers(0, n, size=(3, n))
    found = ExactSums.of(values).picked(drawn)
    for row, sums in zip(rows, found, strict=True):
        for columns, total in zip(drawn, sums, strict=True):
            exact = sum(Fraction(row[c]) for c in columns)
            assert abs(Fraction(total) - exact) <= abs(exact) * Fraction(1, 2**52) + max(
                map(abs, map(Fraction, row))
            ) * Fraction(1, 2**80)


@settings(max_examples=60, deadline=None)
@given(rows, st.integers(0, 99))
def test_counting_and_picking_and_other_rows_change_no_bit(rows, seed):
    values, n = np.array(rows), len(rows[0])
    drawn = np.random.default_rng(seed).integers(0, n, size=(3, n))
    counts = np.stack([np.bincount(columns, minlength=n) for columns in drawn]).astype(float)
    exact = ExactSums.of(values)
    np.testing.assert_array_equal(exact.weighted(counts), exact.picked(drawn))
    np.testing.assert_array_equal(ExactSums.of(values[:1]).picked(drawn), exact.picked(drawn)[:1])


@pytest.mark.parametrize("scale", [1e-310, 1e-300, 1e-30, 1e200])
def test_tiny_and_huge_values_are_added_up_too(scale):
    values = np.array([[0.1, 0.7, -0.3]]) * scale
    found = ExactSums.of(values).weighted(np.ones((1, 3)))[0, 0]
    assert found == pytest.approx(float(sum(map(Fraction, values[0]))), rel=1e-12)
