"""Inclusion probabilities of all that can be drawn, by query."""

from __future__ import annotations

import numpy as np
import polars as pl

from palate.core.coding import encode
from palate.sampling._drawing import FloatArray, proportional

__all__ = ["inclusion_by_query", "sizes_of_queries"]


def inclusion_by_query(
    items: pl.DataFrame, weights: FloatArray, count: int | None, even_share: float
) -> pl.DataFrame:
    """Return what can be drawn with its inclusion, columns ``query, item, inclusion``.

    Args:
        items: Distinct rows ``query, item``, sorted.
        weights: From 0 on, shape (n_items,): what inclusions are proportional to within a query.
        count: How many to draw in all; all that can be drawn if None.
        even_share: Which share of each query's tasks is spread over all its items.
    """
    if count is None:
        open_items = items.filter((weights > 0) | (even_share > 0))
        return open_items.with_columns(inclusion=pl.lit(1.0))
    queries = encode(items["query"]).codes
    ends = np.cumsum(np.bincount(queries)).tolist()
    sizes = sizes_of_queries(np.bincount(queries).astype(np.float64), count)
    inclusion = np.empty(len(items))
    start = 0
    for end, size in zip(ends, sizes, strict=True):
        rows = slice(start, end)
        inclusion[rows] = _within_query(weights[rows], size, even_share)
        start = end
    return items.with_columns(inclusion=inclusion).filter(pl.col("inclusion") > 0)


def sizes_of_queries(n_items: FloatArray, count: int) -> FloatArray:
    """Return how many of each query's items are drawn on average: the same number, or all where there are fewer."""
    return proportional(np.ones(len(n_items)), float(min(count, n_items.sum())), n_items)


def _within_query(weights: FloatArray, size: float, even_share: float) -> FloatArray:
    total = weights.sum()
    if total <= 0:
        return proportional(np.full(len(weights), float(even_share > 0)), size)
    even = 1.0 / len(weights)
    return proportional((1.0 - even_share) * weights / total + even_share * even, size)
