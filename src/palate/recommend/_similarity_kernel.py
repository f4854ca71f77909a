"""The hot loop of similarity: what a row shares with every other, and which others are its nearest."""
# ruff: noqa: PLR0917 (compiled functions take flat arrays and counts, by position)

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from palate.core.compiling import compiled

__all__ = ["BM25", "COSINE", "JACCARD", "nearest_rows"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]

COSINE, JACCARD, BM25 = 0, 1, 2
"""How what is shared becomes a similarity; TF-IDF does as the cosine does."""


@compiled
def _similarity(shared: float, own: float, other: float, kind: int, shrinkage: float) -> float:
    if kind == COSINE:
        return shared / (math.sqrt(own * other) + shrinkage)
    if kind == JACCARD:
        return shared / (own + other - shared + shrinkage)
    return shared * own * other / (1.0 + shrinkage)


@compiled
def nearest_rows(
    start: int,
    stop: int,
    row_offsets: IntArray,
    row_columns: IntArray,
    column_offsets: IntArray,
    column_rows: IntArray,
    weights: FloatArray,
    sizes: FloatArray,
    kind: int,
    shrinkage: float,
    codes: IntArray,
    similarities: FloatArray,
) -> IntArray:
    """Write the nearest others of each of the rows ``start:stop`` of a matrix of zeros and ones, in the order of their codes.

    Args:
        start: The first row.
        stop: The row behind the last.
        row_offsets: Where each row's columns begin in ``row_columns``.
        row_columns: The columns in which a row has a one, sorted in each row.
        column_offsets: Where each column's rows begin in ``column_rows``.
        column_rows: The rows that have a one in a column.
        weights: What sharing each column counts.
        sizes: A number of each row: the weights of its columns added up; for BM25 the weight of the row.
        kind: ``COSINE``, ``JACCARD`` or ``BM25``.
        shrinkage: Added below the line.
        codes: Shape (stop - start, most neighbours); takes the neighbours.
        similarities: Likewise; takes how similar they are.

    Returns:
        How many neighbours each row has.
    """
    n_rows, most = len(sizes), codes.shape[1]
    counts = np.zeros(stop - start, dtype=np.int32)
    shared = np.zeros(n_rows)
    met = np.empty(n_rows, dtype=np.int32)
    found = np.empty(n_rows)
    for row in range(start, stop):
        n_met = 0
        for at in range(row_offsets[row], row_offsets[row + 1]):
            column = row_columns[at]
            holders = column_rows[column_offsets[column] : column_offsets[column + 1]]
            n_met = _share(holders, weights[column], row, shared, met, n_met)
        shared[row] = 0.0
        for number in range(n_met):
            other = met[number]
            found[number] = _similarity(shared[other], sizes[row], sizes[other], kind, shrinkage)
            shared[other] = 0.0
        counts[row - start] = _keep(
            met[:n_met], found[:n_met], most, codes[row - start], similarities[row - start]
        )
    return counts


@compiled
def _share(holders: IntArray, weight: float, row: int, shared: FloatArray, met: IntArray, n_met: int) -> int:
    """Add a column's weight to what ``row`` shares with each of its holders; return how many others were met."""
    if weight == 0.0:
        return n_met
    for other in holders:
        if shared[other] == 0.0 and other != row:
            met[n_met] = other
            n_met += 1
        shared[other] += weight
    return n_met


@compiled
def _keep(met: IntArray, found: FloatArray, most: int, codes: IntArray, similarities: FloatArray) -> int:
    """Write the ``most`` highest, of equal ones those of the lowest code, in the order of their codes."""
    n_met = len(met)
    border, level = -1.0, 0
    if n_met > most:
        border = np.partition(found, n_met - most)[n_met - most]
        level = most - (found > border).sum()
    last = -1
    if level > 0:
        last = np.sort(met[found == border])[level - 1]
    kept = np.empty(min(n_met, most), dtype=np.int64)
    count = 0
    for number in range(n_met):
        if found[number] > border or (found[number] == border and met[number] <= last):
            kept[count] = number
            count += 1
    kept = kept[np.argsort(met[kept])]
    for place in range(count):
        codes[place] = met[kept[place]]
        similarities[place] = found[kept[place]]
    return count
