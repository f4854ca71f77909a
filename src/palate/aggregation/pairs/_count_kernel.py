"""Comparisons counted in a table of all pairs that there could be."""
# ruff: noqa: PLR0917 (compiled functions take flat arrays, by position)

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from palate.core.compiling import compiled

__all__ = ["count_cells", "counted_cells"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]


@compiled
def count_cells(
    left: IntArray,
    right: IntArray,
    outcome: npt.NDArray[np.int8],
    sides: bool,
    shift: npt.NDArray[np.int64],
    cells: IntArray,
) -> None:
    """Count comparisons by pair and outcome.

    Args:
        left: Shape (n_comparisons,).
        right: Likewise.
        outcome: Likewise: 1 left preferred, -1 right, 0 tie.
        sides: Whether what was shown on the left is always the first; else the lower code is.
        shift: Shape (n_ids,): what makes the place of a pair of its second, by its first.
        cells: Shape (n_places, 3): times the first was preferred, ties, times the second was; added to.
    """
    for row in range(len(left)):
        first, second, place = left[row], right[row], 1 - outcome[row]
        if not sides and first > second:
            first, second, place = second, first, 2 - place
        cells[shift[first] + second, place] += 1


@compiled
def counted_cells(
    cells: IntArray, shift: npt.NDArray[np.int64], sides: bool, pairs: IntArray, counts: FloatArray
) -> int:
    """Write the pairs that met and their counts in the order of their places; return how many there are.

    Args:
        cells: Shape (n_places, 3), as counted.
        shift: Shape (n_ids,), as for counting.
        sides: Likewise.
        pairs: Shape (2, at least as many as met): codes of the first and of the second; written.
        counts: Shape (3, likewise): as in ``cells``; written.
    """
    found = 0
    for first in range(len(shift)):
        for second in range(0 if sides else first + 1, len(shift)):
            place = shift[first] + second
            if cells[place, 0] or cells[place, 1] or cells[place, 2]:
                pairs[0, found], pairs[1, found] = first, second
                for k in range(3):
                    counts[k, found] = cells[place, k]
                found += 1
    return found
