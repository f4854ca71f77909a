"""Turn a column of whatever type into its declared one, or say which value stands in the way."""

from __future__ import annotations

from numbers import Integral

import numpy as np
import polars as pl

from palate.core.errors import InputError
from palate.core.tables import Column

__all__ = ["cast_column", "refuse"]

_LAST_SECOND = 253_402_300_799.0
"""The end of the year 9999. What lies beyond was not counted in seconds."""


def cast_column(values: pl.Series, column: Column, where: str) -> pl.Series:
    """Return ``values`` with the type that ``column`` declares.

    Raises:
        InputError: A value is not what the column holds; ``where`` is named.
    """
    match column.type:
        case "id" | "label":
            return _cast_id(values, column, where)
        case "text":
            return _cast_text(values, column, where)
        case "number":
            return _cast_number(values, column, where)
        case "integer":
            return _cast_integer(values, column, where)
        case "array":
            return values
        case _:
            return _cast_time(values, column, where)


def refuse(
    bad: pl.Series,
    column: Column,
    where: str,
    problem: str,
    values: pl.Series | None = None,
    *,
    advice: str = "",
) -> None:
    """Raise an error about the first row where ``bad`` is true, if there is one.

    Args:
        bad: One truth value a row; null is false.
        column: The column concerned.
        where: The file or argument to name.
        problem: What was expected or is wrong.
        values: Where to find the value that came, to show it.
        advice: A sentence on what to do.
    """
    rows = bad.fill_null(value=False).arg_true()
    if len(rows) == 0:
        return
    row = int(rows[0])
    came = f"; it is {values[row]!r}" if values is not None else ""
    more = f" ({len(rows):,} rows like it)" if len(rows) > 1 else ""
    text = f"{problem}{came}{more}. {advice}".strip()
    raise InputError(text, where=where, row=row + 1, column=column.name)


def _cast_id(values: pl.Series, column: Column, where: str) -> pl.Series:
    if values.dtype == pl.Object:
        values = _from_objects(values, column, where)
    if values.dtype.is_float():
        return _whole(values, column, where, "An id or label must be text or a whole number")
    if values.dtype.is_integer():
        return _common_integers(values)
    if values.dtype == pl.Boolean and column.type == "label":
        return values
    text = _text(values, column, where)
    if text is None:
        raise InputError(
            f"An id or label must be text or a whole number; this column is {values.dtype}.",
            where=where,
            column=column.name,
        )
    return text.set(text == "", None) if column.type == "id" else text


def _cast_text(values: pl.Series, column: Column, where: str) -> pl.Series:
    values = _spelled(values)
    text = _text(values, column, where)
    if text is not None:
        return text
    if values.dtype.is_nested():
        raise InputError(f"Expected text; this column is {values.dtype}.", where=where, column=column.name)
    return values.cast(pl.String)


def _cast_number(values: pl.Series, column: Column, where: str) -> pl.Series:
    values = _numeric(values, column, where)
    number = values.cast(pl.Float64, strict=False)
    refuse(number.is_null() & values.is_not_null(), column, where, "Expected a number", values)
    advice = "If it is unknown, leave it empty (null)."
    refuse(~number.is_finite(), column, where, "The value is not a finite number", values, advice=advice)
    return number


def _cast_integer(values: pl.Series, column: Column, where: str) -> pl.Series:
    values = _numeric(values, column, where)
    number = values.cast(pl.Float64, strict=False)
    refuse(number.is_null() & values.is_not_null(), column, where, "Expected a whole number", values)
    return _whole(number, column, where, "Expected a whole number")


def _cast_time(values: pl.Series, column: Column, where: str) -> pl.Series:
    """Return seconds since 1970 UTC as float; dates and times without a zone are taken as UTC."""
    values = _spelled(values)
    if values.dtype == pl.String:
        values = _parsed_times(_stripped(values), column, where)
    if values.dtype == pl.Date:
        values = values.cast(pl.Datetime("us"))
    if isinstance(values.dtype, pl.Datetime):
        return values.dt.epoch("us") / 1e6
    seconds = _cast_number(values.fill_nan(None) if values.dtype.is_float() else values, column, where)
    advice = "Give seconds since 1970, not milliseconds or less."
    late = seconds.abs() > _LAST_SECOND
    refuse(late, column, where, "The time is beyond the year 9999", seconds, advice=advice)
    return seconds


def _parsed_times(text: pl.Series, column: Column, where: str) -> pl.Series:
    seconds = text.cast(pl.Float64, strict=False)
    if seconds.null_count() == text.null_count():
        return seconds
    if seconds.null_count() == len(seconds):
        times = text.str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
    else:
        times = seconds
    problem = "Expected seconds since 1970 or a date and time such as 2026-01-31T12:00:00Z"
    refuse(times.is_null() & text.is_not_null(), column, where, problem, text)
    return times


def _from_objects(values: pl.Series, column: Column, where: str) -> pl.Series:
    """Return a column of Python objects (as pandas holds text) by their own type, if it is one."""
    objects = [None if _is_nan(value) else value for value in values.to_list()]
    first = next((_kind(value) for value in objects if value is not None), "nothing")
    for row, value in enumerate(objects, 1):
        if value is not None and _kind(value) != first:
            raise InputError(
                f"The column mixes {first} and {_kind(value)} (1 and '1' would be two different things)."
                " Make them one type.",
                where=where,
                row=row,
                column=column.name,
            )
    if first == "whole numbers":
        small = all(value is None or abs(value) < 2**63 for value in objects)
        spelled = objects if small else [None if value is None else str(value) for value in objects]
        return pl.Series(values.name, spelled, dtype=pl.Int64 if small else pl.String)
    if first in {"text", "nothing"}:
        try:
            return pl.Series(values.name, objects, dtype=pl.String)
        except UnicodeError:
            first = "text that is no Unicode"
    raise InputError(
        f"An id or label must be text or a whole number; this column holds {first}.",
        where=where,
        column=column.name,
    )


def _kind(value: object) -> str:
    match value:
        case str():
            return "text"
        case bool() | np.bool_():
            return "true or false"
        case Integral():
            return "whole numbers"
        case _:
            return type(value).__name__


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and value != value  # noqa: PLR0124 (NaN is the one value unlike itself)


def _whole(values: pl.Series, column: Column, where: str, problem: str) -> pl.Series:
    """Return floats as integers; NaN, by which pandas says that there is no value, as null."""
    values = values.fill_nan(None)
    exact = 2.0 ** (24 if values.dtype == pl.Float32 else 53)  # beyond, neighbours share one float
    refuse((values != values.round()) | (values.abs() > exact), column, where, problem, values)
    return values.cast(pl.Int64)


def _common_integers(values: pl.Series) -> pl.Series:
    """Return whole numbers in one type, whatever width they came in, so that tables meet."""
    for dtype in (pl.Int64, pl.UInt64):
        found = values.cast(dtype, strict=False)
        if found.null_count() == values.null_count():
            return found
    return values.cast(pl.String)


def _numeric(values: pl.Series, column: Column, where: str) -> pl.Series:
    """Return numbers, or text that should spell them."""
    values = _spelled(values)
    if values.dtype.is_numeric() or values.dtype in {pl.Boolean, pl.Null}:
        return values
    text = _text(values, column, where)
    if text is None:
        raise InputError(f"Expected numbers; this column is {values.dtype}.", where=where, column=column.name)
    return _stripped(text)


def _spelled(values: pl.Series) -> pl.Series:
    """Return Python objects as the text that they print as."""
    if values.dtype != pl.Object:
        return values
    spelled = [None if value is None or _is_nan(value) else str(value) for value in values.to_list()]
    return pl.Series(values.name, spelled, dtype=pl.String)


def _stripped(text: pl.Series) -> pl.Series:
    text = text.str.strip_chars()
    return text.set(text == "", None)


def _text(values: pl.Series, column: Column, where: str) -> pl.Series | None:
    """Return text held as categories or bytes as text; None if the column is something else."""
    if values.dtype == pl.String:
        return values
    if isinstance(values.dtype, (pl.Categorical, pl.Enum, pl.Null)):
        return values.cast(pl.String)
    if values.dtype != pl.Binary:
        return None
    text = pl.Series(values.name, [_decoded(value) for value in values.to_list()], dtype=pl.String)
    refuse(text.is_null() & values.is_not_null(), column, where, "The value is not UTF-8 text", values)
    return text


def _decoded(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None
