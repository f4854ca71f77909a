"""What the past says of a user and the items that may be shown next, as features for ranking them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from palate.core.coding import IntArray, encode, encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable
from palate.recommend._arrays import matrix_arrays, matrix_from
from palate.recommend._features import item_categories
from palate.recommend.base import Arrays, CodedInteractions
from palate.recommend.diversify._item_vectors import read_categories

__all__ = ["FEATURES", "Facts", "Matrix", "category_matrix", "facts_of", "feature_matrix"]

FloatArray = npt.NDArray[np.float64]

Matrix = Any
"""A scipy sparse matrix in rows; their stubs lose the type."""

_DAY = 86_400.0

FEATURES = (
    "score",
    "score_below_best",
    "rank",
    "item_watches",
    "item_value",
    "item_days",
    "user_watches",
    "user_value",
    "watches_of_item",
    "share_of_category",
    "recency_of_category",
)
"""The columns of the features, in order; see :meth:`Facts.features`."""


@dataclass(frozen=True)
class Facts:
    """What is known at one moment; the moment of a user is the user's latest interaction.

    Args:
        item_watches: Log of 1 + how often each item was watched.
        item_value: Each item's mean value, drawn to the mean of all as if it had one watch more.
        item_days: Log of 1 + days from each item's first watch to the latest of all; 0 without times.
        user_watches: Log of 1 + how often each user watched.
        user_value: Each user's mean value, drawn likewise.
        met: How often each user watched each item, users by items.
        kinds: Each item's categories, every row adding up to 1, items by categories.
        tastes: Share of each user's watches in each category, users by categories.
        recency: 1 / (1 + days from the user's last watch of a category to the last of all), likewise.
    """

    item_watches: FloatArray
    item_value: FloatArray
    item_days: FloatArray
    user_watches: FloatArray
    user_value: FloatArray
    met: Matrix
    kinds: Matrix
    tastes: Matrix
    recency: Matrix

    def features(self, user: int, items: IntArray, scores: FloatArray) -> FloatArray:
        """Return the features of a user's candidates, shape (n_items, n_features).

        Args:
            user: Code.
            items: The candidates, at least one, best first.
            scores: What the recommender that found them gave them.
        """
        same = np.ones(len(items))
        columns = (
            scores,
            scores - scores.max(),
            np.log1p(np.arange(len(items))),
            self.item_watches[items],
            self.item_value[items],
            self.item_days[items],
            same * self.user_watches[user],
            same * self.user_value[user],
            np.log1p(_row(self.met, user)[items]),
            self.kinds[items] @ _row(self.tastes, user),
            self.kinds[items] @ _row(self.recency, user),
        )
        return np.stack(columns, axis=1)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return all as arrays."""
        plain = ("item_watches", "item_value", "item_days", "user_watches", "user_value")
        arrays = {name: getattr(self, name) for name in plain}
        for name in ("met", "kinds", "tastes", "recency"):
            arrays |= matrix_arrays(name, getattr(self, name))
        return arrays

    @staticmethod
    def restored(arrays: Arrays) -> Facts:
        """Return the facts of these arrays."""
        plain = ("item_watches", "item_value", "item_days", "user_watches", "user_value")
        matrices = (matrix_from(name, arrays) for name in ("met", "kinds", "tastes", "recency"))
        return Facts(*(arrays[name] for name in plain), *matrices)


def category_matrix(
    interactions: CodedInteractions, categories: IntoTable, separator: str | None
) -> tuple[Matrix, list[str]]:
    """Return which categories each item has, every row adding up to 1, and what is to be said of it.

    Raises:
        InputError: The table is not as said, or none of its items is known.
    """
    n_items = len(interactions.item_ids)
    table = read_categories(categories, separator)
    codes = encode_like(table["item"], interactions.item_ids)
    known = codes >= 0
    if not known.any():
        raise InputError(
            f"None of the items of the interactions (such as {interactions.item_ids[0]!r}) has a category.",
            where="categories",
            column="item",
        )
    kinds = encode(table["category"].cast(pl.String))
    marks = sparse.coo_array(
        (np.ones(int(known.sum())), (codes[known], kinds.codes[known])), shape=(n_items, len(kinds))
    ).tocsr()
    marks.sum_duplicates()
    marks.data[:] = 1.0
    bare = int((np.diff(marks.indptr) == 0).sum())
    notes = [f"{bare:,} of {n_items:,} items have no category; theirs counts as never watched."] * (bare > 0)
    return _shares(marks), notes


def feature_matrix(interactions: CodedInteractions) -> tuple[Matrix, list[str]]:
    """Return the values of each item's features as its categories, every row adding up to 1, and what is to be said.

    Raises:
        InputError: The items' features are not those of the items.
    """
    n_items = len(interactions.item_ids)
    parts, notes = item_categories(interactions)
    if not parts:
        return sparse.csr_array((n_items, 1), dtype=np.float64), []
    # Row 0 of a part is no value.
    blocks = [
        sparse.coo_array((np.ones(part.rows.size), _cells(part.rows)), shape=(n_items, part.n_rows)).tocsr()[
            :, 1:
        ]
        for part in parts
    ]
    return _shares(sparse.hstack(blocks).tocsr()), notes


def _cells(rows: IntArray) -> tuple[IntArray, IntArray]:
    """Return the items and the rows of a part's values, one after another."""
    return np.repeat(np.arange(len(rows), dtype=np.int32), rows.shape[1]), rows.ravel()


def _shares(marks: Matrix) -> Matrix:
    """Divide each row of ones by how many there are."""
    counts = np.diff(marks.indptr)
    marks.data /= np.repeat(np.maximum(counts, 1), counts)
    return marks


def facts_of(interactions: CodedInteractions, kinds: Matrix) -> Facts:
    """Return what interactions say, in whichever order they come.

    Args:
        interactions: What users did so far.
        kinds: As :func:`category_matrix` gives it.
    """
    values = interactions.values.astype(np.float64)
    order = np.lexsort((values, interactions.items, interactions.users))
    users, items, values = interactions.users[order], interactions.items[order], values[order]
    times = np.nan_to_num(interactions.timestamps[order])
    n_users, n_items = len(interactions.user_ids), len(interactions.item_ids)
    marks = sparse.coo_array((np.ones(len(users)), (users, items)), shape=(n_users, n_items)).tocsr()
    marks.sum_duplicates()
    first = np.full(n_items, times.max())
    np.minimum.at(first, items, times)
    item_counts = np.bincount(items, minlength=n_items)
    user_counts = np.bincount(users, minlength=n_users)
    mean = values.mean()
    per_user = np.maximum(user_counts, 1)[:, None]
    return Facts(
        np.log1p(item_counts),
        (np.bincount(items, values, n_items) + mean) / (item_counts + 1),
        np.log1p((times.max() - first) / _DAY),
        np.log1p(user_counts),
        (np.bincount(users, values, n_users) + mean) / (user_counts + 1),
        marks,
        kinds,
        ((marks @ kinds).tocsr() / per_user).tocsr(),
        _recency(users, items, times, kinds, n_users),
    )


def _recency(users: IntArray, items: IntArray, times: FloatArray, kinds: Matrix, n_users: int) -> Matrix:
    """Return how recently each user watched each category, 1 for the user's latest moment."""
    latest = np.full(n_users, -np.inf)
    np.maximum.at(latest, users, times)
    recent = 1 / (1 + (latest[users] - times) / _DAY)
    rows = kinds[items].tocoo()
    cells = users[rows.row].astype(np.int64) * kinds.shape[1] + rows.col
    order = np.lexsort((recent[rows.row], cells))
    cells, best = cells[order], recent[rows.row][order]
    final = np.flatnonzero(np.append(cells[1:] != cells[:-1], True)) if len(cells) else np.empty(0, np.int64)
    where = (cells[final] // kinds.shape[1], cells[final] % kinds.shape[1])
    return sparse.coo_array((best[final], where), shape=(n_users, kinds.shape[1])).tocsr()


def _row(matrix: Matrix, row: int) -> FloatArray:
    """Return a row of a sparse matrix as a plain one."""
    plain = np.zeros(matrix.shape[1])
    part = slice(matrix.indptr[row], matrix.indptr[row + 1])
    plain[matrix.indices[part]] = matrix.data[part]
    return plain
