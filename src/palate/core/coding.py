"""Turn columns of ids into integer codes once, at the edge; everything inside runs on the codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["Codes", "IntArray", "encode", "encode_like"]

IntArray = npt.NDArray[np.int32]

_HASH_FROM = 50_000
"""Rows from which joining on hashes is faster than joining on the strings themselves."""


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
    """Return the codes of a column without nulls; they number the distinct values in sorted order.

    The codes do not depend on the order of the rows. Text sorts by code point.

    >>> encode(pl.Series(["b", "a", "b"])).codes.tolist()
    [1, 0, 1]
    """
    if column.dtype == pl.String and len(column) >= _HASH_FROM:
        found = _encode_by_hash(column)
        if found is not None:
            return found
    values = column.unique().sort()
    return Codes(encode_like(column, values), values)


def encode_like(column: pl.Series, values: pl.Series) -> IntArray:
    """Return the code of every row among ``values``; -1 where it is not one of them."""
    table = pl.DataFrame({"value": values}).with_row_index("code")
    rows = pl.DataFrame({"value": column.cast(values.dtype)})
    codes = rows.join(table, on="value", how="left", maintain_order="left")["code"]
    return codes.cast(pl.Int32).fill_null(-1).to_numpy()


def _encode_by_hash(column: pl.Series) -> Codes | None:
    """Encode by joining 64-bit hashes, or return None if two values share one (checked, not assumed)."""
    rows = pl.DataFrame({"hash": column.hash(), "value": column})
    distinct = rows.unique("hash", keep="any").sort("value").with_row_index("code")
    codes = rows.select("hash").join(
        distinct.select("hash", "code"), on="hash", how="left", maintain_order="left"
    )["code"]
    if not (distinct["value"].gather(codes) == column).all():
        return None
    return Codes(codes.cast(pl.Int32).to_numpy(), distinct["value"].rename(column.name))
