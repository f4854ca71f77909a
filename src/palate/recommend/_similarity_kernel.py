"""The hot loop of similarity: what a row shares with every other, and which others are its nearest."""
# ruff: noqa: PLR0917 (compiled functions take flat arrays and counts, by position)

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from palate.core.compiling import compiled, inlined
from palate.recommend._top_kernel import offer

__all__ = ["BM25", "COSINE", "JACCARD", "nearest_rows"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]

COSINE, JACCARD, BM25 = 0, 1, 2
"""How what is shared becomes a similarity; TF-IDF does as the cosine does."""


@inlined
def _similarity(shared: float, own: float, other: float, kind: int, shrinkage: float) -> float:
    if kind == COSINE:
        return shared / (math.sqrt(own * other) + shrinkage)
    if kind == JACCARD:
        return shared / (own + other - shared + shrinkage)
    return shared * own * other / (1.0 + shrinkage)


@inlined
def _least(shared: float, own: float, other: float, root: float, kind: int, shrinkage: float) -> float:
    """Return, but for rounding, what times a similarity two rows have to share for it: without a root or a division."""
    if kind == COSINE:
        return root + shrinkage
    if kind == JACCARD:
        return own + other - shared + shrinkage
    return (1.0 + shrinkage) / (own * other)


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
    counts = np.zeros(stop - start, dtype=np.int32)
    shared = np.zeros(len(sizes))
    met = np.empty(len(sizes) + 1, dtype=np.int32)
    roots = np.sqrt(sizes)
    for row in range(start, stop):
        n_met = _share(row, row_offsets, row_columns, column_offsets, column_rows, weights, shared, met)
        own, found = sizes[row], 0
        nearest, similar = codes[row - start], similarities[row - start]
        border, root = (
            0.0,
            roots[row],
        )  # below the border nothing is among the nearest; a root's last bits may be lost
        for number in range(n_met):
            other = np.uint32(met[number])
            common, shared[other] = shared[other], 0.0
            if common < border * _least(common, own, sizes[other], root * roots[other], kind, shrinkage):
                continue
            if other != row:
                similarity = _similarity(common, own, sizes[other], kind, shrinkage)
                found = offer(similarity, int(other), nearest, similar, found)
                if found == len(nearest):
                    border = similar[0] * (1 - 1e-9)
        counts[row - start] = found
        order = np.argsort(nearest[:found])
        nearest[:found], similar[:found] = nearest[:found][order], similar[:found][order]
    return counts


@inlined
def _share(
    row: int,
    row_offsets: IntArray,
    row_columns: IntArray,
    column_offsets: IntArray,
    column_rows: IntArray,
    weights: FloatArray,
    shared: FloatArray,
    met: IntArray,
) -> int:
    """Add to each row of ``shared`` the weights of the columns that ``row`` has, too; return how many were ``met``."""
    n_met = 0
    for at in range(row_offsets[row], row_offsets[row + 1]):
        column = row_columns[at]
        weight = weights[column]
        if weight == 0.0:
            continue
        for place in range(np.uint64(column_offsets[column]), np.uint64(column_offsets[column + 1])):
            other = np.uint32(column_rows[place])
            before = shared[other]
            met[np.uint32(n_met)] = other
            n_met += before == 0.0
            shared[other] = before + weight
    return n_met
