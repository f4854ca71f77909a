"""Check a table against its declaration, once, at the edge; the error names file, row and column."""

from __future__ import annotations

import polars as pl

from palate.core.errors import InputError, nearest
from palate.core.tables import Column, Table

__all__ = ["check_table"]

_SHOWN = 5


def check_table(frame: pl.DataFrame, table: Table, where: str, *, unique: bool = True) -> pl.DataFrame:
    """Return ``frame`` with declared names and types, declared columns first.

    Args:
        frame: Any columns, in any order; extra ones pass through.
        table: What it should be.
        where: The file or argument to name in errors.
        unique: Whether rows that share the table's key are an error.

    Raises:
        InputError: A column is missing or unreadable, a value is missing, not finite or out of range, rows
            repeat the key, or there are no rows.
    """
    frame = _rename_aliases(frame, table)
    missing = [name for name in table.required if name not in frame.columns]
    if missing:
        raise InputError(_missing_text(missing, table, frame.columns), where=where)
    if frame.is_empty():
        raise InputError(
            f"The table is empty. {table.name.capitalize()} need at least one row of {', '.join(table.required)}.",
            where=where,
        )
    present = [column for column in table.columns if column.name in frame.columns]
    checked = [_check_column(frame[column.name], column, where) for column in present]
    frame = frame.with_columns(checked)
    if unique:
        _check_key(frame, [name for name in table.key if name in frame.columns], table, where)
    names = [column.name for column in present]
    return frame.select(*names, *(c for c in frame.columns if c not in names))


def _rename_aliases(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    renames: dict[str, str] = {}
    taken = set(frame.columns)
    for column in table.columns:
        if column.name in taken:
            continue
        alias = next((a for a in column.aliases if a in taken and a not in renames), None)
        if alias is not None:
            renames[alias] = column.name
    return frame.rename(renames)


def _missing_text(missing: list[str], table: Table, came: list[str]) -> str:
    named = ", ".join(f"'{name}' ({table.column(name).meaning})" for name in missing)
    plural = "columns" if len(missing) > 1 else "column"
    text = f"{table.name.capitalize()} need the {plural} {named}. The columns here are: {', '.join(came) or 'none'}."
    hints = [(nearest(name, [c for c in came if c not in table.required]), name) for name in missing]
    renames = [f"rename '{found}' to '{name}'" for found, name in hints if found]
    return f"{text} Perhaps {' and '.join(renames)}." if renames else text


def _check_column(values: pl.Series, column: Column, where: str) -> pl.Series:
    values = _cast(values, column, where)
    if column.required:
        _refuse(values.is_null(), column, where, "The value is missing. Fill it in or remove the row")
    if column.type == "number":
        _refuse(
            ~values.is_finite(), column, where, "The value is not a finite number (NaN or infinite)", values
        )
    if column.minimum is not None:
        _refuse(
            values < column.minimum, column, where, f"The value must be at least {column.minimum:g}", values
        )
    if column.maximum is not None:
        _refuse(
            values > column.maximum, column, where, f"The value must be at most {column.maximum:g}", values
        )
    if column.choices:
        allowed = ", ".join(column.choices)
        _refuse(
            ~values.is_in(list(column.choices)), column, where, f"The value must be one of {allowed}", values
        )
    return values


def _cast(values: pl.Series, column: Column, where: str) -> pl.Series:
    match column.type:
        case "id" | "label":
            return _cast_id(values, column, where)
        case "text":
            return values.cast(pl.String)
        case "number":
            return _cast_number(values, column, where, pl.Float64)
        case "integer":
            return _cast_number(values, column, where, pl.Int64)
        case "time":
            return _cast_time(values, column, where)


def _cast_id(values: pl.Series, column: Column, where: str) -> pl.Series:
    if values.dtype in {pl.Categorical, pl.Enum}:
        return values.cast(pl.String)
    if values.dtype.is_float():
        whole = values.is_nan() | values.is_null() | (values == values.round())
        _refuse(~whole, column, where, "An id or label must be text or a whole number", values)
        _refuse(values.is_nan(), column, where, "The value is missing (NaN). Fill it in or remove the row")
        return values.cast(pl.Int64)
    if values.dtype == pl.Object:
        return _cast_objects(values, column, where)
    if values.dtype.is_integer() or values.dtype in {pl.String, pl.Boolean, pl.Null}:
        return values
    raise InputError(
        f"An id or label must be text or a whole number; this column is {values.dtype}.",
        where=where,
        column=column.name,
    )


def _cast_objects(values: pl.Series, column: Column, where: str) -> pl.Series:
    """Take a column of Python objects (as pandas holds text) if all are of one type."""
    objects = values.to_list()
    missing = pl.Series([v is None or v != v for v in objects])  # noqa: PLR0124 (NaN is the one value unlike itself)
    _refuse(missing, column, where, "The value is missing. Fill it in or remove the row")
    kinds = {type(v) for v in objects}
    if len(kinds) > 1:
        first = type(objects[0])
        row = next(i for i, v in enumerate(objects, 1) if type(v) is not first)
        raise InputError(
            f"The column mixes {first.__name__} and {type(objects[row - 1]).__name__} (1 and '1' would be two"
            " different things). Make them one type.",
            where=where,
            row=row,
            column=column.name,
        )
    return pl.Series(values.name, objects)


def _cast_number(values: pl.Series, column: Column, where: str, dtype: type[pl.DataType]) -> pl.Series:
    if values.dtype == pl.String:
        values = values.str.strip_chars()
        values = values.set(values == "", None)
    elif not (values.dtype.is_numeric() or values.dtype in {pl.Boolean, pl.Null}):
        raise InputError(f"Expected numbers; this column is {values.dtype}.", where=where, column=column.name)
    numbers = values.cast(dtype, strict=False)
    wanted = "a number" if dtype == pl.Float64 else "a whole number"
    _refuse(numbers.is_null() & values.is_not_null(), column, where, f"Expected {wanted}", values)
    return numbers


def _cast_time(values: pl.Series, column: Column, where: str) -> pl.Series:
    """Return seconds since 1970 UTC as float; dates and times without a zone are taken as UTC."""
    if values.dtype == pl.String:
        numbers = values.cast(pl.Float64, strict=False)
        if numbers.null_count() == values.null_count():
            values = numbers
        else:
            parsed = values.str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
            _refuse(
                parsed.is_null() & values.is_not_null(),
                column,
                where,
                "Expected seconds since 1970 or a date and time such as 2026-01-31T12:00:00Z",
                values,
            )
            values = parsed
    if values.dtype == pl.Date:
        values = values.cast(pl.Datetime("us"))
    if isinstance(values.dtype, pl.Datetime):
        return values.dt.epoch("us") / 1e6
    return _cast_number(values, column, where, pl.Float64)


def _refuse(
    bad: pl.Series, column: Column, where: str, problem: str, values: pl.Series | None = None
) -> None:
    first = bad.fill_null(value=False).arg_true()
    if len(first) == 0:
        return
    row = int(first[0])
    came = f"; it is {values[row]!r}" if values is not None else ""
    more = f" ({len(first):,} rows like it)" if len(first) > 1 else ""
    raise InputError(f"{problem}{came}{more}.", where=where, row=row + 1, column=column.name)


def _check_key(frame: pl.DataFrame, key: list[str], table: Table, where: str) -> None:
    if not key:
        return
    repeated = frame.select(key).is_duplicated()
    if not repeated.any():
        return
    rows = frame.select(key).with_row_index("row", offset=1).filter(repeated).sort(*key, "row")
    shown = "; ".join(
        f"row {r['row']}: " + ", ".join(f"{name} {r[name]}" for name in key)
        for r in rows.head(_SHOWN).to_dicts()
    )
    raise InputError(
        f"{table.name.capitalize()} must have one row for each ({', '.join(key)}); {len(rows):,} rows repeat one: "
        f"{shown}{' …' if len(rows) > _SHOWN else ''}. Keep one of each.",
        where=where,
        row=int(rows["row"][0]),
    )
