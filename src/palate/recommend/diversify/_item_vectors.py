"""What items are made of: categories with weights, or features as numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy import sparse

from palate.core.coding import IntArray, encode, encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import INTERACTIONS, ITEM, Column, Table
from palate.recommend.diversify.base import FloatArray

__all__ = ["CATEGORIES", "ItemVectors", "read_categories", "read_vectors", "wanted_shares"]

CATEGORIES = Table(
    "categories",
    (
        ITEM,
        Column("category", "label", "a kind that the item is of", aliases=("genre", "genres", "categories")),
        Column("weight", "number", "how much of the item is of it", required=False, above=0),
    ),
    key=("item", "category"),
)
_CATEGORY = CATEGORIES.column("category")
_SEVERAL = replace(
    CATEGORIES,
    columns=(ITEM, replace(_CATEGORY, aliases=(*_CATEGORY.aliases, "text")), *CATEGORIES.columns[2:]),
    key=("item",),
)
"""Items with all their categories in one column; a table of items calls it ``text``."""

_FEATURES = Table("features", (ITEM,), key=("item",))
_USER = INTERACTIONS.column("user")
_PAST = replace(
    INTERACTIONS,
    columns=(replace(_USER, aliases=(*_USER.aliases, "query", "query_id", "qid")), *INTERACTIONS.columns[1:]),
)


@dataclass(frozen=True)
class ItemVectors:
    """A row of numbers an item.

    Args:
        items: The items' ids, sorted.
        names: What each column stands for: a category or a feature.
        values: Shape (n_items, n_names): shares of categories, which sum to 1, or features.
        are_categories: Whether they are categories.
    """

    items: pl.Series
    names: tuple[str, ...]
    values: sparse.csr_array[np.float64]
    are_categories: bool

    def codes_of(self, items: pl.Series) -> IntArray:
        """Return the rows of ``items``; -1 for those of which nothing is known."""
        return encode_like(items, self.items)

    def rows(self, codes: IntArray) -> FloatArray:
        """Return the vectors of coded items, zeros for -1."""
        found = np.zeros((len(codes), len(self.names)))
        known = codes >= 0
        found[known] = self.values[codes[known]].toarray()
        return found


def read_categories(
    categories: IntoTable, separator: str | None = None, where: str = "categories"
) -> pl.DataFrame:
    """Return which categories items have, columns ``item, category`` and, if it came, ``weight``; checked.

    Args:
        categories: A dataframe or a path; a row for each category of an item.
        separator: Where one row names several categories, such as ``Comedy|Drama``: what stands between them. The column may also be
            called ``text``, as in a table of items.
        where: What errors call it.

    Raises:
        InputError: The table is not as said.

    >>> table = pl.DataFrame({"item": [1], "genres": ["Comedy|Drama"]})
    >>> read_categories(table, "|").rows()
    [(1, 'Comedy'), (1, 'Drama')]
    """
    if separator is None:
        found = read_table(categories, CATEGORIES, where=where)
        return found.select(name for name in ("item", "category", "weight") if name in found.columns)
    if not separator:
        raise InputError("The separator of categories is empty; give one such as '|'.", where=where)
    table = read_table(categories, _SEVERAL, where=where)
    parts = pl.col("category").cast(pl.String).str.split(separator)
    several = table.select("item", category=parts).explode("category")
    several = several.with_columns(pl.col("category").str.strip_chars()).filter(pl.col("category") != "")
    return several.unique(maintain_order=True)


def read_vectors(items: IntoTable, separator: str | None = None) -> ItemVectors:
    """Return what items are made of.

    Args:
        items: A dataframe or a path: either ``item, category`` and perhaps ``weight``, a row for each category of an
            item; or ``item`` and columns of numbers, a row an item.
        separator: As of :func:`read_categories`.

    Raises:
        InputError: The table is neither.
    """
    table = read_table(items, _FEATURES, where="categories", unique=False)
    if separator is not None or {"category", *CATEGORIES.column("category").aliases} & set(table.columns):
        return _category_shares(read_categories(table, separator))
    return _feature_vectors(read_table(table, _FEATURES, where="categories"))


def wanted_shares(past: IntoTable, vectors: ItemVectors) -> tuple[pl.Series, FloatArray]:
    """Return users and the shares of categories in what each interacted with, shape (n_users + 1, n_categories).

    The last row is the mean over the users: it is for those of whom nothing is known. Each interaction counts once,
    whatever its value. Users who met no item with a category are left out.

    Raises:
        InputError: The table has no users and items, or none of its items has a category.
    """
    table = read_table(past, _PAST, where="past")
    rows = vectors.codes_of(table["item"])
    known = rows >= 0
    if not known.any():
        raise InputError("None of the items in the past has a category.", where="past", column="item")
    users = encode(table["user"].filter(pl.Series(known)))
    shape = (len(users), len(vectors.items))
    counts = sparse.coo_array((np.ones(int(known.sum())), (users.codes, rows[known])), shape=shape).tocsr()
    sums = (counts @ vectors.values).toarray()
    shares = sums / sums.sum(axis=1, keepdims=True)
    return users.values, np.vstack([shares, shares.mean(axis=0)])


def _category_shares(table: pl.DataFrame) -> ItemVectors:
    items, categories = encode(table["item"]), encode(table["category"].cast(pl.String))
    weights = table["weight"].to_numpy() if "weight" in table.columns else np.ones(len(table))
    missing = np.isnan(weights)
    if missing.any():
        raise InputError(
            "Some categories have a weight and others none. Give all of them one, or none.",
            where="categories",
            row=int(np.argmax(missing)) + 1,
            column="weight",
        )
    totals = np.bincount(items.codes, weights=weights)
    cells = (weights / totals[items.codes], (items.codes, categories.codes))
    values = sparse.coo_array(cells, shape=(len(items), len(categories))).tocsr()
    return ItemVectors(items.values, tuple(categories.values.to_list()), values, are_categories=True)


def _feature_vectors(table: pl.DataFrame) -> ItemVectors:
    numbers = [name for name, dtype in table.schema.items() if name != "item" and dtype.is_numeric()]
    if not numbers:
        raise InputError(
            "Expected the column 'category', or columns of numbers as features; the columns here are"
            f" {', '.join(table.columns)}.",
            where="categories",
        )
    values = table.sort("item").select(pl.col(numbers).cast(pl.Float64).fill_null(np.nan)).to_numpy()
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        row, column = bad[0]
        raise InputError(
            f"The feature '{numbers[column]}' of item {table.sort('item')['item'][int(row)]} is missing or not finite."
            " Fill it in, or leave the item out: it is then similar to none.",
            where="categories",
        )
    items = table["item"].sort()
    return ItemVectors(items, tuple(numbers), sparse.csr_array(values), are_categories=False)
