from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import TEXT_IDS

from palate.core import coding
from palate.core.coding import encode, encode_like
from palate.core.errors import InputError

NUMBERS = st.integers(-(2**63), 2**63 - 1)
MIXED_WIDTHS = [
    "",
    "\0",
    "a",
    "A",
    "Z",
    "é",
    "e\u0301",
    "ß",
    "\uffff",
    "\U0001f600",
    "日本",
    "10",
    "9",
    " a",
    "a ",
]
HASHED = coding._HASH_FROM


def assert_codes_are_those_of_numpy(values):
    found = encode(pl.Series("x", values))
    distinct, codes = np.unique(np.array(values, dtype=object), return_inverse=True)
    assert found.values.to_list() == distinct.tolist()
    assert found.codes.tolist() == codes.tolist()
    assert found.codes.dtype == np.int32
    assert len(found) == len(distinct)


@given(st.lists(TEXT_IDS | st.sampled_from(MIXED_WIDTHS), min_size=1, max_size=30))
def test_codes_of_text_are_those_of_numpy_unique(values):
    assert_codes_are_those_of_numpy(values)


@given(st.lists(NUMBERS | st.integers(-3, 3), min_size=1, max_size=30))
def test_codes_of_numbers_are_those_of_numpy_unique(values):
    assert_codes_are_those_of_numpy(values)


@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=40),
    st.sampled_from([0, 10**6, -(2**61), -(2**63), 2**63 - 61]),
    st.sampled_from([pl.Int64, pl.Int32, pl.UInt64, pl.Int8]),
)
def test_codes_of_numbers_near_each_other_keep_their_type(values, far, dtype):
    try:
        column = pl.Series("x", [v + far for v in values], dtype=dtype)
    except (OverflowError, TypeError, pl.exceptions.PolarsError):
        return
    found = encode(column)
    distinct, codes = np.unique([v + far for v in values], return_inverse=True)
    assert found.values.to_list() == distinct.tolist()
    assert found.values.dtype == dtype
    assert found.codes.tolist() == codes.tolist()
    assert found.codes.dtype == np.int32


@settings(max_examples=15)
@given(
    st.lists(TEXT_IDS | st.sampled_from(MIXED_WIDTHS), min_size=1, max_size=50, unique=True),
    st.integers(0, 99),
)
def test_codes_of_many_rows_are_those_of_numpy_unique(distinct, seed):
    rows = np.random.default_rng(seed).integers(len(distinct), size=HASHED)
    assert_codes_are_those_of_numpy([distinct[row] for row in rows])


def test_many_distinct_values_are_coded_as_numpy_does():
    rng = np.random.default_rng(0)
    values = [f"item-{i}" for i in rng.integers(30_000, size=HASHED + 7)]
    assert_codes_are_those_of_numpy(values)
    assert_codes_are_those_of_numpy(rng.integers(-(2**62), 2**62, size=HASHED + 7).tolist())


@pytest.mark.parametrize("n_rows", [20, HASHED])
def test_codes_do_not_depend_on_the_order_of_rows(n_rows):
    rng = np.random.default_rng(1)
    column = pl.Series(rng.choice(MIXED_WIDTHS, n_rows).tolist())
    order = rng.permutation(n_rows)
    straight, shuffled = encode(column), encode(column[order.tolist()])
    assert straight.values.equals(shuffled.values)
    assert np.array_equal(straight.codes[order], shuffled.codes)


@pytest.mark.parametrize("n_rows", [len(MIXED_WIDTHS), HASHED])
def test_text_sorts_by_code_point(n_rows):
    found = encode(pl.Series([MIXED_WIDTHS[i % len(MIXED_WIDTHS)] for i in range(n_rows)]))
    assert found.values.to_list() == sorted(MIXED_WIDTHS)


@pytest.mark.parametrize("dtype", [pl.Int32, pl.UInt64, pl.Int128, pl.Boolean, pl.Categorical, pl.Date])
def test_values_keep_the_type_of_the_column(dtype):
    column = pl.Series("x", ["b", "a", "b"] if dtype == pl.Categorical else [1, 0, 1]).cast(dtype)
    found = encode(column)
    assert found.values.dtype == column.dtype
    assert found.values.name == "x"
    assert found.codes.tolist() == [1, 0, 1]


@pytest.mark.parametrize("n_rows", [5, HASHED])
def test_codes_may_be_written_to(n_rows):
    codes = encode(pl.Series(["b", "a"] * n_rows)).codes
    codes[0] = 7  # numba takes arrays that may be written to and others as two types
    assert codes[0] == 7
    assert codes.flags.c_contiguous


@pytest.mark.parametrize("n_rows", [3, HASHED])
def test_missing_value_is_refused_with_its_row(n_rows):
    column = pl.Series("task", ["a", None] + ["b"] * n_rows)
    with pytest.raises(InputError, match=r"^row 2, column 'task': The value is missing\."):
        encode(column)


def test_no_rows_have_no_codes():
    found = encode(pl.Series("x", [], dtype=pl.String))
    assert len(found) == 0
    assert found.codes.tolist() == []


def test_two_values_with_one_hash_are_told_apart(monkeypatch):
    rng = np.random.default_rng(2)
    values = rng.choice(["a", "b", "c", "d"], HASHED).tolist()
    hashes = {"a": 1, "b": 1, "c": 2, "d": 3}
    monkeypatch.setattr(
        pl.Series, "hash", lambda self: pl.Series([hashes[v] for v in self.to_list()], dtype=pl.UInt64)
    )
    assert coding._encode_by_hash(pl.Series(values)) is None
    assert_codes_are_those_of_numpy(values)


@given(
    st.lists(st.none() | st.sampled_from(MIXED_WIDTHS), max_size=20),
    st.lists(st.sampled_from(MIXED_WIDTHS), unique=True, max_size=9),
)
def test_codes_among_given_values_are_their_places(rows, values):
    found = encode_like(pl.Series(rows, dtype=pl.String), pl.Series(values, dtype=pl.String))
    assert found.tolist() == [values.index(row) if row in values else -1 for row in rows]
    assert found.dtype == np.int32


def test_types_that_differ_meet_as_text():
    numbers, text = pl.Series([7, 8, 9]), pl.Series(["9", "07", "7", "x", None])
    assert encode_like(text, numbers).tolist() == [2, -1, 0, -1, -1]
    assert encode_like(numbers, text).tolist() == [2, -1, 0]
    assert encode_like(numbers.cast(pl.Int32), numbers).tolist() == [0, 1, 2]
    assert encode_like(text.cast(pl.Categorical), numbers).tolist() == [2, -1, 0, -1, -1]


def test_whole_numbers_of_many_blocks_are_coded_as_those_of_one() -> None:
    rng = np.random.default_rng(0)
    numbers = 7 * rng.integers(-400_000, 400_000, 1_200_000)
    found = encode(pl.Series(numbers))
    values, codes = np.unique(numbers, return_inverse=True)
    assert np.array_equal(found.values.to_numpy(), values)
    assert np.array_equal(found.codes, codes)
