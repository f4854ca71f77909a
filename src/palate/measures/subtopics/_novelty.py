"""Gain that wears off as a subtopic is served again: what several measures discount and sum."""

from __future__ import annotations

import numpy as np

from palate.measures.subtopics.base import FloatArray

__all__ = ["ideal_gains", "novel_gains"]

_EQUAL = 1.0 - 1e-12
"""Of the greatest gain: sums of the same gains in another order differ in the last bit."""


def novel_gains(served: FloatArray, alpha: float) -> FloatArray:
    """Return the gain of every rank: for each subtopic served, (1 - alpha) to how often it was served before.

    Args:
        served: 0 or 1, shape (n_ranks, n_subtopics), best rank first.
        alpha: How much less a subtopic is worth when it was served once.
    """
    before = np.cumsum(served, axis=0) - served
    gains: FloatArray = (served * (1.0 - alpha) ** before).sum(axis=1)
    return gains


def ideal_gains(judged: FloatArray, alpha: float, cutoff: int | None) -> FloatArray:
    """Return the gains of the ranking that takes at every rank what gains most, of equal items the highest id, as ndeval does.

    The best order itself is too hard to find (Clarke et al., 2008).

    Args:
        judged: 0 or 1, shape (n_items, n_subtopics), the lowest id first.
        alpha: How much less a subtopic is worth when it was served once.
        cutoff: How many ranks; all if None.
    """
    worth, left, order = np.ones(judged.shape[1]), np.ones(len(judged), dtype=bool), []
    for _ in range(min(cutoff or len(judged), len(judged))):
        gains = np.where(left, judged @ worth, -1.0)
        best = int(np.flatnonzero(gains >= gains.max() * _EQUAL)[-1])
        order.append(best)
        left[best] = False
        worth *= (1.0 - alpha) ** judged[best]
    return novel_gains(judged[order], alpha)
