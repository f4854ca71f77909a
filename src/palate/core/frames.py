"""The edge: any dataframe or file comes in as a checked table, and the caller's kind of frame goes out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from palate.core.checks import check_table
from palate.core.errors import InputError
from palate.core.files import read_file
from palate.core.tables import Table

__all__ = ["IntoTable", "like", "read_table"]

IntoTable = Any
"""A path (``str`` or ``Path``; ``"-"`` is standard input) or any dataframe that narwhals reads."""

_PLAIN = (str, bytes, int, float, np.generic, Decimal, date)
"""Types of which polars has its own; of others, such as lists and dicts, it would keep only what fits the first."""


def read_table(
    source: IntoTable, table: Table, *, where: str | None = None, unique: bool = True
) -> pl.DataFrame:
    """Return ``source`` as a checked polars table.

    Args:
        source: A path to Parquet, CSV, TSV, JSON lines or TREC, or a dataframe (pandas, polars, pyarrow, …);
            the named index of a pandas dataframe counts as columns.
        table: What it should be, from :mod:`palate.core.tables`.
        where: What errors call it; the file's name or the table's name by default.
        unique: Whether rows that share the table's key are an error.

    Raises:
        InputError: The source cannot be read or does not hold what the table needs.
    """
    if isinstance(source, (str, Path)):
        where = where or ("standard input" if str(source) == "-" else str(source))
        frame = read_file(source, table, where=where)
    else:
        where = where or table.name
        frame = _to_polars(source, where)
    return check_table(frame, table, where, unique=unique)


def like(source: IntoTable, frame: pl.DataFrame) -> Any:
    """Return ``frame`` as the kind of dataframe that ``source`` is.

    It is polars for a path, for polars, and for what is computed elsewhere, such as a database's table.

    >>> like("answers.csv", pl.DataFrame({"a": [1]})).shape
    (1, 1)
    """
    if isinstance(source, (str, Path, pl.DataFrame)):
        return frame
    if isinstance(source, pl.LazyFrame):
        return frame.lazy()
    import narwhals as nw

    wrapped = nw.from_native(source)
    native = _to_native(frame, wrapped.implementation)
    return nw.from_native(native) if wrapped is source else native


def _to_native(frame: pl.DataFrame, implementation: Any) -> Any:
    import narwhals as nw

    if implementation.is_pandas():
        import pandas as pd

        return pd.DataFrame({name: _to_pandas(frame[name]) for name in frame.columns})
    if implementation.is_pyarrow():
        return frame.to_arrow()
    if implementation.is_pandas_like():
        columns = {name: frame[name].to_list() for name in frame.columns}
        return nw.from_dict(columns, backend=implementation).to_native()
    return frame


def _to_pandas(values: pl.Series) -> Any:
    zone = values.dtype.time_zone if isinstance(values.dtype, pl.Datetime) else None
    if zone is None:
        return values.to_numpy()
    import pandas as pd

    # numpy knows no zones: it gets the time in UTC, and pandas the zone again.
    times = pd.Series(values.dt.convert_time_zone("UTC").dt.replace_time_zone(None).to_numpy())
    return times.dt.tz_localize("UTC").dt.tz_convert(zone)


def _to_polars(source: object, where: str) -> pl.DataFrame:
    import narwhals as nw
    from narwhals.exceptions import DuplicateError

    source = nw.to_native(source, pass_through=True)
    if isinstance(source, pl.DataFrame):
        return source
    if isinstance(source, pl.LazyFrame):
        return _collect(source, where)
    frame: Any
    try:
        frame = nw.from_native(source)
    except DuplicateError as error:
        raise _repeated_name(source, where) from error
    except TypeError as error:
        raise InputError(
            f"Expected a dataframe (pandas, polars, pyarrow, …) or a path; got {type(source).__name__}.",
            where=where,
        ) from error
    if frame.implementation.is_pandas():
        return _all_from_pandas(frame.to_native(), where)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect(backend="polars")
    table: pl.DataFrame = frame.to_polars()
    return table


def _collect(source: pl.LazyFrame, where: str) -> pl.DataFrame:
    try:
        return source.collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"The lazy table cannot be computed: {reason}.", where=where) from error


def _repeated_name(source: Any, where: str) -> InputError:
    names = [str(name) for name in getattr(source, "column_names", source.columns)]
    name = next(name for i, name in enumerate(names) if name in names[:i])
    return InputError(f"Two columns have the name '{name}'. Rename or remove one.", where=where)


def _all_from_pandas(frame: Any, where: str) -> pl.DataFrame:
    index = frame.index.names
    if all(name is not None and name not in frame.columns for name in index):
        frame = frame.reset_index()
    columns = [_from_pandas(str(name), frame[name]) for name in frame.columns]
    try:
        return pl.DataFrame(columns)
    except pl.exceptions.DuplicateError as error:
        raise _repeated_name(frame, where) from error


def _from_pandas(name: str, column: Any) -> pl.Series:
    dtype = column.dtype
    if getattr(dtype, "storage", None) == "pyarrow" or hasattr(dtype, "pyarrow_dtype"):
        return pl.Series(name, column.array.__arrow_array__())
    if getattr(dtype, "tz", None) is not None:
        times = column.dt.tz_convert("UTC").dt.tz_localize(None)
        return _from_pandas(name, times).dt.replace_time_zone("UTC")
    if isinstance(dtype, np.dtype) and dtype.kind in "biuf":
        return pl.Series(name, column.to_numpy())
    if isinstance(dtype, np.dtype) and dtype.kind in "mM":
        unit = "ns" if np.datetime_data(dtype)[0] == "ns" else "us"  # the units that polars has
        return pl.Series(name, column.to_numpy().astype(f"{dtype.kind}8[{unit}]"))
    return _from_objects(name, column)


def _from_objects(name: str, column: Any) -> pl.Series:
    """Convert Python objects (pandas may hold text so); a mixture of types stays as it is, for the checks."""
    values = column.astype(object).to_numpy()
    missing = column.isna().to_numpy()
    if missing.any():
        values = values.copy()
        values[missing] = None
    kinds = set(map(type, values)) - {type(None)}
    mixed = len(kinds) > 1 or not all(issubclass(kind, _PLAIN) for kind in kinds)
    try:
        return pl.Series(name, values.tolist(), dtype=pl.Object if mixed else None)
    except (OverflowError, UnicodeError):  # whole numbers beyond 128 bits; half of a surrogate pair
        return pl.Series(name, values.tolist(), dtype=pl.Object)
