"""The highest numbers of a row, the same ones every time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["highest"]


def highest(scores: npt.NDArray[np.float64], cutoff: int) -> npt.NDArray[np.bool_]:
    """Mark the ``cutoff`` highest along the last axis; of equal ones the first. ``-inf`` is never marked.

    >>> highest(np.array([2.0, 3.0, 2.0, -np.inf]), 2).tolist()
    [True, True, False, False]
    """
    width = scores.shape[-1]
    present: npt.NDArray[np.bool_] = scores > -np.inf
    if cutoff >= width:
        return present
    border = np.partition(scores, width - cutoff, axis=-1)[..., width - cutoff, None]
    above = scores > border
    level = (scores == border) & present
    wanted = cutoff - above.sum(axis=-1, keepdims=True)
    marked: npt.NDArray[np.bool_] = above | (level & (np.cumsum(level, axis=-1) <= wanted))
    return marked
