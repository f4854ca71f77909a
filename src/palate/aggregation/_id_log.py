"""Ids numbered in the order in which they come, and arrays that grow: what states of all families are made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation._task_tables import kind_of
from palate.core.coding import Codes, IntArray, encode
from palate.core.errors import InputError
from palate.core.frames import IntoTable

__all__ = ["IdLog", "by_code", "nothing_like", "ranked", "values_at", "with_room", "with_values"]

Values = TypeVar("Values", npt.NDArray[np.float64], npt.NDArray[np.float64] | None)

_LARGEST_SIGNED = 2**63 - 1


class IdLog:
    """Ids of one kind, numbered in the order in which they come.

    Args:
        name: What they name: ``task``, ``annotator`` or ``label``.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.kind: str | None = None
        self._negative = self._large = False
        self._columns: list[pl.Series] = []
        self._codes: dict[Any, int] = {}

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def values(self) -> list[Any]:
        """The ids, in the order in which they came."""
        return self.series().to_list()

    def code(self, value: Any) -> int | None:
        """Return the code of an id, None if it never came."""
        return self._codes.get(value)

    def check(self, column: pl.Series, where: str) -> None:
        """Refuse ids of another type than those that came before: they would never meet.

        Raises:
            InputError: They are of another type.
        """
        came = kind_of(column.dtype)
        if self.kind not in {None, came}:
            raise InputError(
                f"These {self.name}s are {came}, those that came before {self.kind}; they would never match."
                " Make them one type.",
                where=where,
                column=self.name,
            )
        if all(self._signs(column)):
            raise InputError(
                f"There are {self.name}s below 0 and above {_LARGEST_SIGNED}; no type of whole numbers holds both."
                " Make them text.",
                where=where,
                column=self.name,
            )

    def find(self, column: pl.Series) -> IntArray:
        """Return the code of every row, -1 where the id never came."""
        distinct = encode(column)
        codes = [self._codes.get(value, -1) for value in distinct.values.to_list()]
        return np.array(codes, dtype=np.int32)[distinct.codes]

    def extend(self, column: pl.Series) -> IntArray:
        """Return the code of every row; ids that never came get the next ones."""
        self.kind = kind_of(column.dtype)
        self._negative, self._large = self._signs(column)
        distinct, before = encode(column), len(self)
        codes = np.empty(len(distinct), dtype=np.int32)
        for place, value in enumerate(distinct.values.to_list()):
            codes[place] = self._codes.setdefault(value, len(self._codes))
        new = distinct.values.filter(pl.Series(codes >= before))
        if len(new):
            self._columns.append(new)
        return codes[distinct.codes]

    def _signs(self, column: pl.Series) -> tuple[bool, bool]:
        """Return whether whole numbers below 0, and above the largest signed one, came before or are here."""
        if not column.dtype.is_integer():
            return False, False
        negative, large = bool((column < 0).any()), bool((column > _LARGEST_SIGNED).any())
        return self._negative or negative, self._large or large

    def restore(self, column: pl.Series) -> None:
        """Take these ids, in this order, for those that came.

        Raises:
            ValueError: One of them is missing or there twice.
        """
        self.kind, self._columns = kind_of(column.dtype), [column]
        self._negative, self._large = self._signs(column)
        self._codes = {value: code for code, value in enumerate(column.to_list())}
        if len(self._codes) < len(column) or None in self._codes:
            raise ValueError(f"a {self.name} is missing or there twice")

    def series(self, places: npt.NDArray[np.int64] | None = None) -> pl.Series:
        """Return ids as a column of their own type: all, or those with these codes."""
        dtype: type[pl.DataType] = pl.Boolean if self.kind == "true or false" else pl.String
        if self.kind == "whole numbers":
            dtype = pl.UInt64 if self._large else pl.Int64
        if len(self._columns) != 1 or self._columns[0].dtype != dtype:
            parts = [pl.Series(dtype=dtype), *(column.alias("").cast(dtype) for column in self._columns)]
            self._columns = [pl.concat(parts).rechunk()]
        found = self._columns[0].alias("")
        if places is not None:
            found = found.gather(places)
        if dtype == pl.UInt64 and not (found > _LARGEST_SIGNED).any():
            return found.cast(pl.Int64)
        return found


def with_room(array: npt.NDArray[Any], *shape: int) -> npt.NDArray[Any]:
    """Return ``array`` with at least this shape, filled up with zeros; it grows by doubling, so rarely."""
    if all(have >= need for have, need in zip(array.shape, shape, strict=True)):
        return array
    larger = [
        have if have >= need else max(need, 2 * have) for have, need in zip(array.shape, shape, strict=True)
    ]
    grown = np.zeros(larger, dtype=array.dtype)
    grown[tuple(slice(have) for have in array.shape)] = array
    return grown


def with_values(array: npt.NDArray[Any], start: int, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return ``array`` with these values from ``start`` on; it grows as needed."""
    array = with_room(array, start + len(values))
    array[start : start + len(values)] = values
    return array


def values_at(values: Values, codes: npt.NDArray[np.int64]) -> Values:
    """Return the values of these codes of the log, NaN where there is none yet; None where there are no values."""
    if values is None:
        return None
    found = np.full((len(codes), *values.shape[1:]), np.nan)
    there = codes < len(values)
    found[there] = values[codes[there]]
    return found


def by_code(values: Values, codes: npt.NDArray[np.int64], n_codes: int) -> Values:
    """Return values by the log's codes, NaN where there is none; None where there are no values."""
    if values is None:
        return None
    found = np.full((n_codes, *values.shape[1:]), np.nan)
    found[codes] = values
    return found


def nothing_like(source: IntoTable) -> Any:
    """Return an empty dataframe of the same kind, which says what results should be and holds no rows."""
    if isinstance(source, (str, Path, pl.DataFrame)):
        return pl.DataFrame()
    if isinstance(source, pl.LazyFrame):
        return pl.LazyFrame()
    import narwhals as nw

    empty = nw.from_native(source).head(0)
    return empty if empty is source else empty.to_native()


def ranked(ids: IdLog, present: npt.NDArray[Any], codes: IntArray) -> tuple[Codes, npt.NDArray[np.int64]]:
    """Return codes in sorted order of the ids that are present, and the log's code of each."""
    ranked = encode(ids.series(present.astype(np.int64, copy=False)))
    rank = np.empty(len(ids), dtype=np.int32)
    rank[present] = ranked.codes
    order = np.empty(len(present), dtype=np.int64)
    order[ranked.codes] = present
    return Codes(rank[codes], ranked.values), order
