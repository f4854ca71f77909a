"""The masks of a task as votes: pixels on which the same annotators agree are one pattern, counted.

A few annotators leave few patterns, however many pixels there are: five leave 32 at most. What iterates runs over
the patterns, and gives the same as over the pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.aggregation.masks.base import BoolArray, FloatArray

__all__ = ["VotePatterns", "spread", "vote_patterns"]

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class VotePatterns:
    """Which annotators marked a pixel, and how many pixels are like that.

    Args:
        votes: bool, shape (n_patterns, n_masks).
        pixels: float64, shape (n_patterns,).
    """

    votes: BoolArray
    pixels: FloatArray

    def overlaps(self, chosen: BoolArray) -> FloatArray:
        """Return intersection over union of each mask and its chosen patterns; 1 where both are empty.

        Args:
            chosen: Shape (n_patterns, n_masks).
        """
        both = self.pixels @ (self.votes & chosen)
        union = self.pixels @ (self.votes | chosen)
        shares: FloatArray = np.divide(both, union, out=np.ones_like(both), where=union > 0)
        return shares


def vote_patterns(masks: Sequence[BoolArray]) -> VotePatterns:
    """Return the patterns of a task's masks, sorted by their votes."""
    codes, n_codes = _codes(masks)
    first = np.empty(n_codes, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    votes = np.stack([mask.ravel()[first] for mask in masks], axis=1)
    return VotePatterns(votes, np.bincount(codes, minlength=n_codes).astype(np.float64))


def spread(chosen: BoolArray, masks: Sequence[BoolArray]) -> BoolArray:
    """Return which pixels have one of the chosen patterns, in the masks' shape."""
    codes, _ = _codes(masks)
    return chosen[codes].reshape(masks[0].shape)


def _codes(masks: Sequence[BoolArray]) -> tuple[Codes, int]:
    """Return the number of every pixel's pattern, and how many patterns there are."""
    codes, n_codes = np.zeros(masks[0].size, dtype=np.int64), 1
    for mask in masks:
        if n_codes > len(codes):  # more numbers than pixels: some are of no pattern
            codes, n_codes = _renumbered(codes, n_codes)
        codes = 2 * codes + mask.ravel()
        n_codes *= 2
    return _renumbered(codes, n_codes)


def _renumbered(codes: Codes, n_codes: int) -> tuple[Codes, int]:
    """Return the numbers without gaps, in the same order."""
    present = np.bincount(codes, minlength=n_codes) > 0
    return (np.cumsum(present) - 1)[codes], int(present.sum())
