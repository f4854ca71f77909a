"""Comparisons summed up: how often each of two that met was preferred, and who can be ranked together."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.core.coding import IntArray

__all__ = ["PairCounts", "connected_groups", "count_pairs"]

FloatArray = npt.NDArray[np.float64]

_BLOCK = 1 << 15
"""Comparisons worked on at a time: their numbers stay in the processor's cache."""

_EDGES_A_THING = 16
"""So many edges a thing are looked at first: they nearly always connect what all edges do."""

_CELLS_A_ROW = 4
"""Entries, as a multiple of the comparisons, up to which a table of all pairs is faster than sorting."""


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
        n_ids: How many codes there are; at most 2**30.
        sides: Whether the sides matter: the first of a pair is then always what was shown on the left.
    """
    n_places = n_ids * n_ids if sides else n_ids * (n_ids - 1) // 2
    if "numba" in sys.modules and 3 * n_places <= _CELLS_A_ROW * len(left):
        return _count_in_table(left, right, outcome, n_ids, n_places, sides=sides)
    return _count_sorted(left, right, outcome, n_ids, sides=sides)


def _count_in_table(
    left: IntArray, right: IntArray, outcome: npt.NDArray[np.int8], n_ids: int, n_places: int, *, sides: bool
) -> PairCounts:
    """Count in a table of all pairs that there could be, by compiled loops.

    That takes a fifth of the time that sorting does, but importing numba takes as long as sorting ten million
    comparisons: it is for processes where something else has imported it.
    """
    from palate.aggregation.pairs._count_kernel import count_cells, counted_cells

    codes = np.arange(n_ids, dtype=np.int64)
    # The place of a pair is where the row of its first begins, shifted, plus its second: rows follow without gaps.
    shift = codes * n_ids if sides else codes * (2 * n_ids - codes - 3) // 2 - 1
    cells = np.zeros((n_places, 3), dtype=np.int32)
    count_cells(left, right, outcome, sides, shift, cells)
    most = min(n_places, len(left))
    pairs, counts = np.empty((2, most), dtype=np.int32), np.empty((3, most))
    n_met = counted_cells(cells, shift, sides, pairs, counts)
    wins, ties, losses = (of_outcome[:n_met].copy() for of_outcome in counts)
    return PairCounts(
        pairs[0, :n_met].copy(), pairs[1, :n_met].copy(), first_wins=wins, second_wins=losses, ties=ties
    )


def _count_sorted(
    left: IntArray, right: IntArray, outcome: npt.NDArray[np.int8], n_ids: int, *, sides: bool
) -> PairCounts:
    """Count runs of alike comparisons, sorted: the memory it takes does not grow with the square of the things."""
    bits = (n_ids - 1).bit_length()
    keys: npt.NDArray[np.signedinteger] = np.empty(
        len(left), dtype=np.int32 if 2 * bits + 2 < 32 else np.int64
    )
    for start in range(0, len(left), _BLOCK):
        block = slice(start, start + _BLOCK)
        first, second, result = left[block], right[block], outcome[block]
        if not sides:
            result = np.where(first > second, -result, result)
            first, second = np.minimum(first, second), np.maximum(first, second)
        key = first.astype(keys.dtype)
        key <<= bits
        key |= second
        key <<= 2
        key += 1 - result
        keys[block] = key
    keys.sort()  # one number a comparison: pair, then outcome
    pairs = keys >> 2
    new = np.ones(len(pairs), dtype=np.bool_)
    np.not_equal(pairs[1:], pairs[:-1], out=new[1:])
    starts = np.flatnonzero(new)
    met = pairs[starts]
    cells = np.repeat(np.arange(len(met)) * 3, np.diff(starts, append=len(keys)))
    cells += keys & 3
    counts = np.bincount(cells, minlength=3 * len(met)).reshape(-1, 3).T.astype(np.float64, order="C")
    return PairCounts(
        first=(met >> bits).astype(np.int32, copy=False),
        second=(met & ((1 << bits) - 1)).astype(np.int32, copy=False),
        first_wins=counts[0],
        second_wins=counts[2],
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
    step = max(len(first) // max(_EDGES_A_THING * n_ids, 1), 1)
    groups = _groups(first[::step], second[::step], n_ids, directed=directed)
    if step > 1 and groups.any():  # else all are in one group, which further edges cannot part
        groups = _groups(first, second, n_ids, directed=directed)
    first_member = np.unique(groups, return_index=True)[1]
    order = np.lexsort((first_member, -np.bincount(groups)))
    numbers = np.empty(len(order), dtype=np.int32)
    numbers[order] = np.arange(1, len(order) + 1)
    return numbers[groups]


def _groups(first: IntArray, second: IntArray, n_ids: int, *, directed: bool) -> IntArray:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(first)), (first, second)), shape=(n_ids, n_ids))
    groups: IntArray = connected_components(graph, directed=directed, connection="strong")[1]
    return groups
