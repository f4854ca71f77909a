"""The edge: any dataframe or file comes in as a checked table, and the caller's kind of frame goes out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from palate.core.checks import check_table
from palate.core.errors import InputError
from palate.core.files import read_file
from palate.core.tables import Table

__all__ = ["IntoTable", "like", "read_table"]

IntoTable = Any
"""A path (``str`` or ``Path``; ``"-"`` is standard input) or any dataframe that narwhals reads."""


def read_table(
    source: IntoTable, table: Table, *, where: str | None = None, unique: bool = True
) -> pl.DataFrame:
    """Return ``source`` as a checked polars table.

    Args:
        source: A path to Parquet, CSV, TSV, JSON lines or TREC, or a dataframe (pandas, polars, pyarrow, …).
        table: What it should be, from :mod:`palate.core.tables`.
        where: What errors call it; the file's name or the table's name by default.
        unique: Whether rows that share the table's key are an error.

    Raises:
        InputError: The source cannot be read or does not hold what the table needs.
    """
    if isinstance(source, (str, Path)):
        name = "standard input" if str(source) == "-" else str(source)
        return check_table(read_file(source, table), table, where or name, unique=unique)
    return check_table(_to_polars(source, where or table.name), table, where or table.name, unique=unique)


def like(source: IntoTable, frame: pl.DataFrame) -> Any:
    """Return ``frame`` as the kind of dataframe that ``source`` is; polars for paths and for polars.

    >>> like("answers.csv", pl.DataFrame({"a": [1]})).shape
    (1, 1)
    """
    if isinstance(source, (str, Path, pl.DataFrame, pl.LazyFrame)):
        return frame
    import narwhals as nw

    implementation = nw.from_native(source).implementation
    if implementation.is_pandas():
        import pandas as pd

        return pd.DataFrame({name: frame[name].to_numpy() for name in frame.columns})
    columns = {name: frame[name].to_list() for name in frame.columns}
    return nw.from_dict(columns, backend=implementation).to_native()


def _to_polars(source: object, where: str) -> pl.DataFrame:
    if isinstance(source, pl.DataFrame):
        return source
    if isinstance(source, pl.LazyFrame):
        return source.collect()
    import narwhals as nw

    frame: Any
    try:
        frame = nw.from_native(source)
    except TypeError as error:
        raise InputError(
            f"Expected a dataframe (pandas, polars, pyarrow, …) or a path; got {type(source).__name__}.",
            where=where,
        ) from error
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect(backend="polars")
    if frame.implementation.is_pandas():
        return pl.DataFrame([_from_pandas(name, frame.to_native()[name]) for name in frame.columns])
    table: pl.DataFrame = frame.to_polars()
    return table


def _from_pandas(name: str, column: Any) -> pl.Series:
    """Convert one pandas column; text held as Python objects keeps values that are not text visible."""
    if column.dtype == object or str(column.dtype) in {"str", "string", "category"}:
        values = [None if v is None or v != v else v for v in column.astype(object).tolist()]  # noqa: PLR0124 (NaN)
        kinds = {type(v) for v in values if v is not None}
        return pl.Series(name, values, dtype=pl.Object if len(kinds) > 1 else None)
    if str(column.dtype).startswith(("Int", "UInt", "Float", "boolean")):
        return pl.Series(name, column.astype(object).where(column.notna(), None).tolist())
    return pl.Series(name, column.to_numpy())
