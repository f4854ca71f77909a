"""Check a table against its declaration, once, at the edge; the error names file, row and column."""

from __future__ import annotations

import operator

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.casts import cast_column, refuse
from palate.core.errors import InputError, nearest
from palate.core.tables import TABLES, Column, Table

__all__ = ["check_table"]

_SHOWN = 5
"""Repeated rows that an error shows."""
_LISTED = 20
"""Columns that an error lists; a table of features may have thousands."""
_LONGEST = 80
"""Letters of a column's name that an error shows; what is no table may have one of a million."""


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
    came = frame.columns
    frame = _rename_aliases(frame, table)
    missing = [name for name in table.required if name not in frame.columns]
    if missing:
        raise InputError(_missing_text(missing, table, came), where=where)
    if _holds_judgments(table, frame.columns):
        raise InputError(
            "Runs need a rank or a score; these rows have a grade, so they seem to be judgments.", where=where
        )
    if frame.is_empty():
        raise InputError(
            f"The table is empty. {table.name.capitalize()} need at least one row of {', '.join(table.required)}.",
            where=where,
        )
    present = [column for column in table.columns if column.name in frame.columns]
    key = [column.name for column in present if column.name in table.key]
    frame = frame.with_columns(
        [
            _check_values(cast_column(frame[c.name], c, where), c, where, whole=c.required or c.name in key)
            for c in present
        ]
    )
    if unique and key:
        _check_key(frame, key, table, where)
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
    text = f"{table.name.capitalize()} need the {plural} {named}. The columns here are: {_listed(came)}."
    other = _better_match(table, came)
    if other is not None:
        return f"{text} This seems to be a table of {other.name}."
    hints = [(nearest(name, [c for c in came if c not in table.required]), name) for name in missing]
    renames = [f"rename '{found}' to '{name}'" for found, name in hints if found]
    return f"{text} Perhaps {' and '.join(renames)}." if renames else text


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return (", ".join(name[:_LONGEST] for name in names[:_LISTED]) or "none") + more


def _better_match(table: Table, came: list[str]) -> Table | None:
    """Return the table that has all it needs here and more of these columns than ``table`` knows."""

    def known(other: Table) -> int:
        return len({column.name for column in other.columns} & set(came))

    complete = [other for other in TABLES if set(other.required) <= set(came)]
    best = max(complete, key=known, default=table)
    return best if known(best) > known(table) else None


def _holds_judgments(table: Table, columns: list[str]) -> bool:
    """Return whether judgments came as runs, which need no column that judgments lack."""
    return table.name == "runs" and "grade" in columns and not {"rank", "score"} & set(columns)


def _check_values(values: pl.Series, column: Column, where: str, *, whole: bool) -> pl.Series:
    if whole:
        advice = "Fill it in or remove the row."
        refuse(values.is_null(), column, where, "The value is missing", advice=advice)
    bounds = (
        (column.minimum, "at least", operator.lt),
        (column.above, "above", operator.le),
        (column.maximum, "at most", operator.gt),
    )
    for bound, words, outside in bounds:
        if bound is not None:
            refuse(outside(values, bound), column, where, f"The value must be {words} {bound:g}", values)
    if column.choices:
        known = values.cast(pl.String).is_in(list(column.choices))
        refuse(~known, column, where, f"The value must be one of {', '.join(column.choices)}", values)
    return values


def _surely_differ(frame: pl.DataFrame, key: list[str]) -> bool:
    """Return whether no two rows share their key; False means that they have to be looked at in full.

    Rows become numbers, of whole numbers by their place between the least and the greatest, of others by a hash.
    Sorting these takes a fifth of the time of counting different ones.
    """
    numbers = _numbers_of(frame, key)
    if numbers is None:
        numbers = frame.select(pl.struct(key).hash()).to_series().to_numpy()
    ordered = np.sort(numbers)
    return not (ordered[1:] == ordered[:-1]).any()


def _numbers_of(frame: pl.DataFrame, key: list[str]) -> npt.NDArray[np.int64] | None:
    """Return a number a row, the same only for the same key; None if it is no whole numbers or spans too many."""
    found, size = np.zeros(len(frame), dtype=np.int64), 1
    for name in key:
        column = frame[name]
        if column.dtype not in {pl.Int64, pl.Int32} or column.null_count():
            return None
        values = column.to_numpy()
        least, span = int(values.min()), int(values.max()) - int(values.min()) + 1
        size *= span
        if size >= 1 << 63:
            return None
        found *= span
        found += values
        found -= least
    return found


def _check_key(frame: pl.DataFrame, key: list[str], table: Table, where: str) -> None:
    if _surely_differ(frame, key):
        return
    repeated = frame.select(key).is_duplicated()
    if not repeated.any():
        return
    rows = frame.select(key).with_row_index("row", offset=1).filter(repeated)
    rows = rows.sort(pl.col("row").min().over(key), "row")
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
