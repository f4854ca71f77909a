"""Sets of labels as people and files write them: lists, or text with separators."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from palate.core.errors import InputError

__all__ = ["read_sets"]


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
