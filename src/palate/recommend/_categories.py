"""Columns of categories with many values, as rows of tables of embeddings; rare values share hashed rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray, encode, encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import INTERACTIONS, Table
from palate.recommend._source import source_name

__all__ = ["FEATURES", "Categories", "categories_of_ids", "feature_categories", "hashed_rows"]

_BINS = 10
"""Bins, with about as many things in each, that a column of fractions is cut into."""

FEATURES = {
    name: Table(f"{name} features", (INTERACTIONS.column(name),), key=(name,)) for name in ("user", "item")
}
"""Tables of features: of users, and of items."""


@dataclass(frozen=True)
class Categories:
    """One column's values for every user or item, as rows of a table of embeddings.

    Args:
        name: The column's.
        rows: int32, shape (n_things, most values of one thing); 0 fills up, and stands for no value.
        n_rows: Rows of the table: row 0, which is no value, the hashed ones, and one for each frequent value.
    """

    name: str
    rows: IntArray
    n_rows: int


def hashed_rows(values: pl.Series, name: str, buckets: int) -> IntArray:
    """Return a row from 1 to ``buckets`` for each value: the same one in every process and on every machine.

    >>> rows = hashed_rows(pl.Series(["x", "y", "x"]), "city", 8)
    >>> bool(rows[0] == rows[2]), bool((rows >= 1).all() and (rows <= 8).all())
    (True, True)
    """
    texts = values.cast(pl.String).to_list()
    digests = (hashlib.blake2b(f"{name}\x1f{text}".encode(), digest_size=8).digest() for text in texts)
    return np.array([1 + int.from_bytes(d, "little") % buckets for d in digests], dtype=np.int32)


def categories_of_ids(ids: pl.Series, counts: npt.NDArray[np.int64], least: int, buckets: int) -> Categories:
    """Return the ids themselves as a column: those met at least ``least`` times have rows of their own."""
    rows, n_rows = _rows_of_values(ids, counts, "id", least, buckets)
    return Categories("id", rows[:, None], n_rows)


def feature_categories(
    kind: str, ids: pl.Series, table: IntoTable | None, least: int, buckets: int
) -> tuple[list[Categories], list[str]]:
    """Return each column of a table of features, and what is to be said of it.

    Text, whole numbers and truth values are categories; a list is several at once; fractions are cut into bins
    of about as many things each. A thing without a value has none, as has one that is not in the table.

    Args:
        kind: ``user`` or ``item``.
        ids: All users or items.
        table: A dataframe or a path, a column called ``kind`` and any others; None: no features.
        least: Things that must share a value for it to have a row of its own.
        buckets: Rows that rarer values share.

    Raises:
        InputError: The table describes something twice or nothing that is known, has no features, or
            has one that is none of these.
    """
    if table is None:
        return [], []
    where = source_name(table, f"{kind}_features")
    frame = read_table(table, FEATURES[kind], where=where)
    columns = [column for column in frame.columns if column != kind]
    if not columns:
        raise InputError(f"The table has the column '{kind}' alone and no features.", where=where)
    codes = encode_like(frame[kind], ids)
    if (codes < 0).all():
        raise InputError(
            f"None of the {kind}s of the interactions (such as {ids[0]!r}) is in the table of features (such as"
            f" {frame[kind][0]!r}). Give the table that belongs to them.",
            where=where,
            column=kind,
        )
    parts = [
        _column(_as_lists(frame[name], where).filter(codes >= 0), codes[codes >= 0], len(ids), least, buckets)
        for name in columns
    ]
    return parts, list(_notes(kind, parts, int((codes < 0).sum())))


def _as_lists(column: pl.Series, where: str) -> pl.Series:
    """Return each thing's values as a list of text."""
    if column.dtype.is_float():
        finite = column.fill_nan(None)
        edges = (
            np.quantile(finite.drop_nulls().to_numpy(), np.arange(1, _BINS) / _BINS) if finite.count() else []
        )
        bins = pl.Series(np.searchsorted(edges, finite.fill_null(0.0).to_numpy(), side="right"))
        column = pl.select(pl.when(finite.is_not_null()).then(bins)).to_series().alias(column.name)
    inner = column.dtype.inner if isinstance(column.dtype, pl.List) else column.dtype
    if not (inner.is_integer() or inner in {pl.String, pl.Boolean, pl.Categorical, pl.Null, pl.Enum}):
        raise InputError(
            f"A feature must be text, numbers, true or false, or lists of text; this column is {column.dtype}."
            " Convert it or leave it out.",
            where=where,
            column=column.name,
        )
    if isinstance(column.dtype, pl.List):
        return column.cast(pl.List(pl.String))
    return column.cast(pl.String).reshape((-1, 1)).cast(pl.List(pl.String))


def _column(lists: pl.Series, codes: IntArray, n_things: int, least: int, buckets: int) -> Categories:
    flat = pl.DataFrame({"thing": codes, "value": lists}).explode("value").drop_nulls().unique()
    flat = flat.sort("thing", "value")
    if flat.is_empty():
        return Categories(lists.name, np.zeros((n_things, 1), dtype=np.int32), 1 + buckets)
    coded = encode(flat["value"])
    own, n_rows = _rows_of_values(coded.values, np.bincount(coded.codes), lists.name, least, buckets)
    place = flat.select(pl.int_range(pl.len()).over("thing")).to_series().to_numpy()
    rows = np.zeros((n_things, int(place.max()) + 1), dtype=np.int32)
    rows[flat["thing"].to_numpy(), place] = own[coded.codes]
    return Categories(lists.name, rows, n_rows)


def _rows_of_values(
    values: pl.Series, counts: npt.NDArray[np.int64], name: str, least: int, buckets: int
) -> tuple[IntArray, int]:
    """Return each distinct value's row, and how many rows there are."""
    frequent = counts >= least
    rows = np.empty(len(values), dtype=np.int32)
    rows[frequent] = np.arange(1 + buckets, 1 + buckets + int(frequent.sum()))
    rows[~frequent] = hashed_rows(values.filter(~frequent), name, buckets)
    return rows, 1 + buckets + int(frequent.sum())


def _notes(kind: str, parts: list[Categories], unknown: int) -> Iterator[str]:
    if unknown:
        yield f"{unknown:,} of the {kind}s with features are in no interaction and left out."
    for part in parts:
        without = int((part.rows == 0).all(axis=1).sum())
        if without:
            yield f"{without:,} of {len(part.rows):,} {kind}s have no '{part.name}'; nothing is added for them."
