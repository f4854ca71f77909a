"""How alike an item is to those that a user met."""

from __future__ import annotations

from typing import Any

import numpy as np

from palate.core.coding import IntArray
from palate.learning.base import FloatArray

__all__ = ["inner_products", "mean_likeness"]

_ROWS = 4_000
"""Pairs looked at together; their vectors are the memory that this takes."""


def mean_likeness(vectors: Any, met: Any, users: IntArray, items: IntArray) -> FloatArray:
    """Return each pair's mean inner product of the item's vector with those of the other items that the user met.

    Args:
        vectors: Shape (n_items, dimensions), a sparse or dense array; of length 1 for the cosine.
        met: Sparse, 0 or 1, shape (n_users, n_items).
        users: Shape (n_pairs,), -1 where unknown.
        items: Shape (n_pairs,), -1 where unknown.

    Returns:
        Shape (n_pairs,); NaN where user or item is unknown or the user met no other item.
    """
    found = np.full(len(users), np.nan)
    squares = np.asarray((vectors * vectors).sum(axis=1)).ravel()
    known = np.flatnonzero((users >= 0) & (items >= 0))
    known = known[np.argsort(users[known], kind="stable")]
    starts = np.flatnonzero(np.diff(users[known], prepend=-1))
    # User by user: a profile is as long as there are words, or users, and only one is held at a time.
    for rows in np.split(known, starts[1:]) if len(known) else []:
        user = users[rows[0]]
        own = met.indices[met.indptr[user] : met.indptr[user + 1]]
        profile = np.asarray(vectors[own].sum(axis=0)).ravel()
        itself = np.isin(items[rows], own)
        sums = np.asarray(vectors[items[rows]] @ profile).ravel() - np.where(
            itself, squares[items[rows]], 0.0
        )
        others = len(own) - itself
        found[rows] = np.where(others > 0, sums / np.maximum(others, 1), np.nan)
    return found


def inner_products(one: Any, other: Any, one_rows: IntArray, other_rows: IntArray) -> FloatArray:
    """Return the inner product of each pair of rows of two arrays, sparse or dense, shape (n_pairs,)."""
    found = np.empty(len(one_rows))
    for start in range(0, len(one_rows), _ROWS):
        part = slice(start, start + _ROWS)
        product = one[one_rows[part]] * other[other_rows[part]]
        found[part] = np.asarray(product.sum(axis=1)).ravel()
    return found
