"""Sets of labels as people and files write them, lists or text with separators, and how alike two of them are."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError

__all__ = ["masi", "read_sets"]

FloatArray = npt.NDArray[np.float64]


def read_sets(values: pl.Series, separator: str, empty: str | None, where: str) -> pl.Series:
    """Return each row's distinct labels as a list of text, or of whole numbers.

    Args:
        values: Lists, tuples, sets or arrays of labels, or text; none is missing.
        separator: What stands between labels in text.
        empty: The text that stands for the empty set, besides the text of no letters.
        where: What errors call the table.

    Raises:
        InputError: A row is no set of labels, a label is missing or empty, or text and numbers are mixed.
    """
    name = values.name
    if isinstance(values.dtype, pl.Categorical | pl.Enum):
        values = values.cast(pl.String)
    if not isinstance(values.dtype, pl.String | pl.List | pl.Array | pl.Object | pl.Null):
        raise InputError(
            f"Expected sets of labels: lists, or text with '{separator}' between labels; this column is"
            f" {values.dtype}.",
            where=where,
            column=name,
        )
    sets: list[list[Any]] = []
    kind: type | None = None
    for row, value in enumerate(values.to_list(), 1):
        found = _labels(value, separator, empty)
        for label in found:
            fault = _fault(label, kind)
            if fault is not None:
                raise InputError(fault, where=where, row=row, column=name)
            kind = type(label)
        sets.append(list(dict.fromkeys(found)))
    return pl.Series(name, sets, dtype=pl.List(pl.Int64 if kind is int else pl.String))


def masi(shared: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike) -> FloatArray:
    """Return the similarity of sets by how many labels they share and have: in [0, 1].

    It is Jaccard's coefficient times 1 for equal sets, 2/3 where one holds the other, 1/3 where they overlap, and 0
    where they share nothing. Two empty sets are equal. Passonneau, Measuring Agreement on Set-Valued Items, LREC 2006.

    >>> masi(1, 1, [1, 2, 3]).round(3).tolist()
    [1.0, 0.333, 0.222]
    """
    common, one, other = (np.asarray(n, dtype=np.float64) for n in (shared, first, second))
    union = one + other - common
    jaccard = np.divide(common, union, out=np.ones(np.shape(union)), where=union > 0)
    monotone = np.where(common == np.minimum(one, other), 2 / 3, 1 / 3)
    return np.asarray(jaccard * np.where(common == union, 1.0, monotone), dtype=np.float64)


def _labels(value: Any, separator: str, empty: str | None) -> list[Any]:
    """Return what one set holds, in the order in which it came."""
    if isinstance(value, str):
        text = value.strip()
        return [] if not text or text == empty else [part.strip() for part in text.split(separator)]
    if isinstance(value, np.ndarray):
        return list(value.tolist())
    found = list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
    return [label.item() if isinstance(label, np.generic) else label for label in found]


def _fault(label: object, kind: type | None) -> str | None:
    """Return what is wrong with a label, None if nothing is."""
    if label is None or label == "":
        return "A label of the set is missing. Remove the separator or the empty value; the empty set has no label."
    if type(label) not in {str, int}:
        return f"A label must be text or a whole number; {label!r} is {type(label).__name__}."
    if kind is not None and type(label) is not kind:
        return f"The sets mix text and whole numbers; {label!r} is the first of another type. Make them one type."
    if isinstance(label, int) and not -(2**63) <= label < 2**63:
        return f"A whole number must fit in 64 bits; the label is {label}. Write labels as text."
    return None
