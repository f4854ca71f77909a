"""What rank tests stand on: ties that rounding hid, the exact law of a sum of signed ranks, and Walsh averages."""

from __future__ import annotations

from math import ceil, log10

import numpy as np
import numpy.typing as npt

from palate.inference.base import FloatArray

__all__ = ["signed_rank_law", "snapped", "walsh_average"]

_DIGITS = 12
"""Differences that agree to so many digits of the largest one are ties: 0.3 - 0.2 and 0.2 - 0.1 are."""


def snapped(differences: FloatArray) -> FloatArray:
    """Return ``differences`` rounded to 12 digits of the largest one, so that equal ones are ties and 0 is 0."""
    largest = float(np.abs(differences).max())
    return np.round(differences, _DIGITS - ceil(log10(largest))) if largest > 1e-200 else differences


def signed_rank_law(doubled_ranks: npt.NDArray[np.int64]) -> FloatArray:
    """Return the probability of every sum of a random half of the ranks.

    Each rank counts or not, by the toss of a fair coin. One rank after another shifts what was there
    (Streitberg and Röhmel, Exact distributions for permutation and rank tests, 1986), so that ties cost
    nothing.

    Args:
        doubled_ranks: Twice the ranks, whole numbers: a tie's middle rank may end in a half.

    Returns:
        float64, shape (sum of ``doubled_ranks`` + 1,).
    """
    law = np.zeros(int(doubled_ranks.sum()) + 1)
    law[0] = 1.0
    reached = 0
    for rank in doubled_ranks:
        before = law[: reached + 1] / 2
        law[: reached + 1] = before
        law[rank : rank + reached + 1] += before
        reached += int(rank)
    return law


def walsh_average(ordered: FloatArray, which: int) -> float:
    """Return the ``which``-th smallest of the means of all pairs of values, each with itself too.

    Halves the range until one average is left in it, counting the averages below the middle, which needs no
    list of all n (n + 1) / 2 of them (Monahan, Algorithm 616, ACM TOMS 1984, counts likewise).

    Args:
        ordered: Ascending, shape (n,).
        which: From 1 to n (n + 1) / 2.
    """
    places = np.arange(len(ordered))

    def upto(middle: float) -> npt.NDArray[np.int64]:
        """Return, for each value, the place after the last partner that makes an average of at most ``middle``."""
        return np.maximum(np.searchsorted(ordered, 2 * middle - ordered, side="right"), places)

    low, high = float(ordered[0]), float(ordered[-1])
    if int((upto(low) - places).sum()) >= which:
        return low
    smallest_step = 1e-14 * max(abs(low), abs(high))
    while high - low > smallest_step:
        middle = (low + high) / 2
        if int((upto(middle) - places).sum()) >= which:
            high = middle
        else:
            low = middle
    following = upto(low)
    partnered = following < len(ordered)
    averages = (ordered[partnered] + ordered[following[partnered]]) / 2
    found = float(averages.min())
    return 0.0 if abs(found) <= smallest_step else found
