"""The hot loop of M-MSR: trimmed means over the neighbours of each row of a sparse matrix."""
# ruff: noqa: PLR0917 (compiled functions take flat arrays and counts, by position)

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from palate.core.compiling import compiled

__all__ = ["trimmed_means"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]


@compiled
def trimmed_means(
    offsets: IntArray,
    neighbours: IntArray,
    products: FloatArray,
    others: FloatArray,
    trim: float,
    factors: FloatArray,
    ratios: FloatArray,
) -> None:
    """Move the factor of each row to the trimmed mean of what its neighbours say it is.

    Neighbour j of row i says ``products[i, j] / others[j]``. Of the statements above the row's present factor
    the largest are left out, up to the share ``trim`` of all of the row's, and likewise the smallest below.

    Args:
        offsets: Shape (n_rows + 1,): row i has the neighbours ``offsets[i]:offsets[i + 1]``.
        neighbours: Shape (n_neighbours,).
        products: Shape (n_neighbours,): from 0 on.
        others: Shape (n_rows,): above 0.
        trim: In [0, 0.5).
        factors: Shape (n_rows,): the present factors; written. A row without neighbours keeps its own.
        ratios: Shape (n_neighbours,): to work in.
    """
    for row in range(len(offsets) - 1):
        first, end = offsets[row], offsets[row + 1]
        if first == end:
            continue
        for place in range(first, end):
            ratios[place] = products[place] / others[neighbours[place]]
        stated = ratios[first:end]
        stated.sort()
        most = int(trim * (end - first))
        low, high = 0, len(stated)
        while low < most and stated[low] < factors[row]:
            low += 1
        while len(stated) - high < most and stated[high - 1] > factors[row]:
            high -= 1
        total = 0.0
        for place in range(low, high):
            total += stated[place]
        factors[row] = total / (high - low)
