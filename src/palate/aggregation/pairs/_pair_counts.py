"""Comparisons summed up: how often each of two that met was preferred, and who can be ranked together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.core.coding import IntArray

__all__ = ["PairCounts", "connected_groups", "count_pairs"]

FloatArray = npt.NDArray[np.float64]

_FEW_CELLS = 1 << 16


@dataclass(frozen=True)
class PairCounts:
    """How comparisons ended, one entry an unordered pair that met; sorted by first, then second.

    Args:
        first: int32, shape (n_pairs,): the lower code of the two.
        second: int32, likewise: the higher code.
        first_wins: float64, likewise: how often the first was preferred.
        second_wins: float64, likewise.
        ties: float64, likewise.
    """

    first: IntArray
    second: IntArray
    first_wins: FloatArray
    second_wins: FloatArray
    ties: FloatArray

    @property
    def comparisons(self) -> FloatArray:
        """How often the two met: float64, shape (n_pairs,)."""
        return self.first_wins + self.second_wins + self.ties


def count_pairs(
    left: IntArray, right: IntArray, outcome: npt.NDArray[np.int8], n_ids: int, *, sides: bool = False
) -> PairCounts:
    """Return what comparisons sum to, whichever side each of the two was shown on.

    Args:
        left: Code of what was shown on the left, shape (n_comparisons,).
        right: Likewise; never the same as on the left.
        outcome: 1 left preferred, -1 right preferred, 0 tie.
        n_ids: How many codes there are.
        sides: Whether the sides matter: the first of a pair is then always what was shown on the left.
    """
    first, second, result = left, right, outcome
    if not sides:
        swapped = left > right
        first, second = np.where(swapped, right, left), np.where(swapped, left, right)
        result = np.where(swapped, -outcome, outcome)
    cell = (first * np.int64(n_ids) + second) * 3 + (1 - result)
    pairs, counts = _count_cells(cell, n_ids * n_ids)
    return PairCounts(
        first=(pairs // n_ids).astype(np.int32),
        second=(pairs % n_ids).astype(np.int32),
        first_wins=counts[:, 0],
        second_wins=counts[:, 2],
        ties=counts[:, 1],
    )


def _count_cells(cell: npt.NDArray[np.int64], n_pairs: int) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Return the numbers of the pairs that met, ascending, and how often each outcome of each came.

    Args:
        cell: ``3 * pair + outcome``, one a comparison.
        n_pairs: How many pairs there could be.
    """
    if 3 * n_pairs <= _FEW_CELLS + 4 * len(cell):  # then a cell for each takes less than sorting does
        table = np.bincount(cell, minlength=3 * n_pairs).reshape(-1, 3)
        met = np.flatnonzero(table.any(axis=1))
        return met, table[met].astype(np.float64)
    ordered = np.sort(cell)
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    cells, n_alike = ordered[starts], np.diff(starts, append=len(ordered))
    pair = cells // 3
    new = np.diff(pair, prepend=-1) != 0
    counts = np.zeros((int(new.sum()), 3))
    counts[np.cumsum(new) - 1, cells % 3] = n_alike
    return pair[new], counts


def connected_groups(first: IntArray, second: IntArray, n_ids: int, *, directed: bool = False) -> IntArray:
    """Return the number, from 1, of the group each code belongs to; the largest group comes first.

    Args:
        first: Where edges begin, shape (n_edges,).
        second: Where they end.
        n_ids: How many codes there are.
        directed: Whether only those belong together that reach each other along the edges' direction.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(first)), (first, second)), shape=(n_ids, n_ids))
    n_groups, groups = connected_components(graph, directed=directed, connection="strong")
    first_member = np.unique(groups, return_index=True)[1]
    order = np.lexsort((first_member, -np.bincount(groups)))
    numbers = np.empty(n_groups, dtype=np.int32)
    numbers[order] = np.arange(1, n_groups + 1)
    return numbers[groups]
