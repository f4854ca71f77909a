"""Comparisons summed up: how often each of two that met was preferred, and who can be ranked together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.core.coding import IntArray

__all__ = ["PairCounts", "connected_groups", "count_pairs"]

FloatArray = npt.NDArray[np.float64]


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


def count_pairs(left: IntArray, right: IntArray, outcome: npt.NDArray[np.int8], n_ids: int) -> PairCounts:
    """Return what comparisons sum to, whichever side each of the two was shown on.

    Args:
        left: Code of what was shown on the left, shape (n_comparisons,).
        right: Likewise; never the same as on the left.
        outcome: 1 left preferred, -1 right preferred, 0 tie.
        n_ids: How many codes there are.
    """
    swapped = left > right
    first, second = np.where(swapped, right, left), np.where(swapped, left, right)
    result = np.where(swapped, -outcome, outcome) + 1
    cells, n_alike = np.unique((first * np.int64(n_ids) + second) * 3 + result, return_counts=True)
    pairs, row = np.unique(cells // 3, return_inverse=True)
    counts = np.zeros((3, len(pairs)))
    counts[cells % 3, row] = n_alike
    return PairCounts(
        first=(pairs // n_ids).astype(np.int32),
        second=(pairs % n_ids).astype(np.int32),
        first_wins=counts[2],
        second_wins=counts[0],
        ties=counts[1],
    )


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
