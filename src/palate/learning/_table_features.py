"""Features from tables of items and of queries: numbers as they are, categories as indicators and by how common they are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import polars as pl

from palate.core.coding import encode_like
from palate.core.errors import InputError
from palate.core.tables import CANDIDATES, Column, Table

__all__ = ["QUERIES", "with_columns_of"]

QUERIES = Table(
    "queries",
    (
        replace(CANDIDATES.column("query")),
        Column("title", "text", "a short text of the query", required=False),
        Column("text", "text", "what the query asks", required=False),
    ),
    key=("query",),
)
"""What is known of queries; of users, where queries are users."""

_MOST_LEVELS = 20
"""Values of a category that get an indicator each: with some thousand judged rows, rarer ones are too few to split on."""

_LEAST_SHARE = 0.01
"""Share of the table's rows that a value needs for an indicator of its own."""

_NOT_FEATURES = {"title", "text", "image", "url"}


def with_columns_of(
    table: pl.DataFrame, frame: pl.DataFrame, key: str, names: Collection[str] = ()
) -> pl.DataFrame:
    """Return the table with features of the other columns of a table of items or queries.

    A column of numbers (or text that is numbers throughout, as CSV has it), of yes and no, or of times (days since 1970) is
    the feature ``item(year)``. One of texts is a category: each of its commonest values, up to 20 that 1% of the rows have,
    is an indicator ``item(colour=red)``, and ``item(colour: rows)`` is ln(1 + how many rows of the table share the value), so
    that a category of many values says how common they are. Rows that the table does not describe have none of these.

    Args:
        table: Columns ``query, item`` and features so far.
        frame: Column ``key`` and others.
        key: ``item`` or ``query``.
        names: Features that a ranker learned from: categories then get the indicators named there.

    Raises:
        InputError: The table describes none of the ids, or a column holds neither numbers, times nor text.
    """
    rows = encode_like(table[key], frame[key])
    if (rows < 0).all():
        raise InputError(
            f"The table of {'items' if key == 'item' else 'queries'} describes none of those ranked (such as"
            f" {table[key][0]!r}; it has {frame[key][0] if len(frame) else 'no rows'!r}). Give the table that belongs to"
            " the runs.",
            where="items" if key == "item" else "queries",
            column=key,
        )
    at = pl.Series(np.where(rows >= 0, rows, 0))
    known = pl.Series(rows >= 0)
    for name in frame.columns:
        if name == key or name in _NOT_FEATURES:
            continue
        for feature, values in _features(frame[name], f"{key}({name}", names):
            found = values.gather(at)
            table = table.with_columns(
                pl.select(pl.when(known).then(found).otherwise(None)).to_series().alias(feature)
            )
    return table


def _features(column: pl.Series, stem: str, names: Collection[str]) -> list[tuple[str, pl.Series]]:
    if column.dtype.is_temporal():
        if isinstance(column.dtype, (pl.Time, pl.Duration)):
            raise _no_feature(column)
        seconds = column.cast(pl.Datetime("us")).dt.epoch("us").cast(pl.Float64) / 86_400e6
        return [(f"{stem})", seconds)]
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return [(f"{stem})", _finite(column.cast(pl.Float64), column))]
    if column.dtype not in {pl.String, pl.Categorical, pl.Enum, pl.Null}:
        raise _no_feature(column)
    text = column.cast(pl.String)
    numbers = text.cast(pl.Float64, strict=False)
    if numbers.null_count() == text.null_count():
        return [(f"{stem})", _finite(numbers, column))]
    return _category(text, stem, names)


def _category(text: pl.Series, stem: str, names: Collection[str]) -> list[tuple[str, pl.Series]]:
    counts = text.drop_nulls().value_counts().sort(["count", text.name], descending=[True, False])
    wanted = [name for name in names if name.startswith(f"{stem}=")]
    if wanted:
        levels = [name[len(stem) + 1 : -1] for name in wanted]
    else:
        least = max(2.0, _LEAST_SHARE * len(text))
        levels = counts.filter(pl.col("count") >= least)[text.name].head(_MOST_LEVELS).to_list()
    common = text.replace_strict(counts[text.name], counts["count"], default=None, return_dtype=pl.Float64)
    indicators = [(f"{stem}={level})", (text == level).cast(pl.Float64)) for level in levels]
    return [*indicators, (f"{stem}: rows)", common.log1p())]


def _finite(numbers: pl.Series, column: pl.Series) -> pl.Series:
    bad = numbers.is_infinite().fill_null(value=False).arg_true()
    if len(bad):
        raise InputError(
            f"A feature must be a finite number or missing; it is {column[int(bad[0])]!r}.",
            column=column.name,
        )
    return numbers.fill_nan(None)


def _no_feature(column: pl.Series) -> InputError:
    return InputError(
        f"A feature is a number, yes or no, a time or a category in words; this column is of the type {column.dtype}."
        " Make one column of each thing that it says, or remove it.",
        column=column.name,
    )
