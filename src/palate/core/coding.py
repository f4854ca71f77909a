"""Turn columns of ids into integer codes once, at the edge; everything inside runs on the codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError
from palate.core.partitions import row_blocks

__all__ = ["Codes", "IntArray", "encode", "encode_like"]

IntArray = npt.NDArray[np.int32]

_HASH_FROM = 50_000
"""Rows from which working on hashes is faster than working on the strings themselves."""

_TABLE_LENGTH = 4
"""Entries, as a multiple of the rows, up to which a table of whole numbers is faster than a join."""


@dataclass(frozen=True)
class Codes:
    """A column as integers.

    Args:
        codes: int32, shape (n_rows,); ``values[codes[i]]`` is row i.
        values: The distinct values, sorted, of the column's own type.
    """

    codes: IntArray
    values: pl.Series

    def __len__(self) -> int:
        return len(self.values)


def encode(column: pl.Series) -> Codes:
    """Return the codes of a column; they number the distinct values in sorted order.

    The codes do not depend on the order of the rows. Text sorts by code point.

    Raises:
        InputError: A value is missing.

    >>> encode(pl.Series(["b", "a", "b"])).codes.tolist()
    [1, 0, 1]
    """
    if column.null_count():
        row = int(column.is_null().arg_true()[0]) + 1
        raise InputError("The value is missing. Fill it in or remove the row.", row=row, column=column.name)
    found = None
    if column.dtype == pl.String and len(column) >= _HASH_FROM:
        found = _encode_by_hash(column)
    elif column.dtype.is_integer() and len(column):
        found = _encode_by_table(column)
    if found is not None:
        return found
    values = column.unique().sort()
    return Codes(encode_like(column, values), values)


def encode_like(column: pl.Series, values: pl.Series) -> IntArray:
    """Return the code of every row among ``values``; -1 where it is not one of them.

    Columns of different types meet as text: the number 7 is the text ``7``, not ``07``.

    Args:
        column: Any length; a missing value is none of ``values``.
        values: Distinct, without missing values.
    """
    if column.dtype != values.dtype:
        column, values = column.cast(pl.String), values.cast(pl.String)
    table = pl.DataFrame({"value": values}).with_row_index("code")
    rows = pl.DataFrame({"value": column})
    codes = rows.join(table, on="value", how="left", maintain_order="left")["code"]
    return codes.cast(pl.Int32).fill_null(-1).to_numpy(writable=True)


def _encode_by_table(column: pl.Series) -> Codes | None:
    """Encode whole numbers by a table of all from the least to the greatest, or return None if it would be long."""
    if column.dtype in {pl.Int128, pl.UInt128}:  # numpy has none so wide
        return None
    numbers = column.to_numpy()
    least, greatest = int(numbers.min()), int(numbers.max())
    span = greatest - least + 1
    if span > min(_TABLE_LENGTH * len(column), (1 << 31) - 1) or not -(1 << 62) < least <= greatest < 1 << 62:
        return None
    seen = np.zeros(span, dtype=np.bool_)
    codes = np.empty(len(numbers), dtype=np.int32)
    for start, stop in row_blocks(len(numbers)):
        places = numbers[start:stop].astype(np.int64, copy=False) - least
        seen[places] = True
        codes[start:stop] = places
    values = pl.Series(column.name, np.flatnonzero(seen) + least, dtype=column.dtype)
    if len(values) < span:  # else none is left out: each number's place is its code
        code_of_place = np.cumsum(seen, dtype=np.int32) - np.int32(1)
        for start, stop in row_blocks(len(numbers)):
            codes[start:stop] = code_of_place[codes[start:stop]]
    return Codes(codes, values)


def _encode_by_hash(column: pl.Series) -> Codes | None:
    """Encode by 64-bit hashes, or return None if two values share one (checked, not assumed)."""
    hashes = column.hash()
    distinct = _distinct_numbers(hashes.to_numpy())
    group = encode_like(hashes, pl.Series(distinct))  # groups of equal rows, numbered by their hash
    row_of_group = np.empty(len(distinct), dtype=np.int64)
    row_of_group[group] = np.arange(len(column))
    values = column.gather(row_of_group).sort()
    code_of_group = np.argsort(values.hash().to_numpy()).astype(np.int32)
    codes = code_of_group[group]
    return Codes(codes, values) if (values.gather(codes) == column).all() else None


def _distinct_numbers(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return the distinct numbers, sorted; ``numpy.unique`` hashes them first, which takes longer."""
    ordered = np.sort(numbers)
    first = np.append(True, ordered[1:] != ordered[:-1])
    distinct: npt.NDArray[np.uint64] = ordered[first]
    return distinct
