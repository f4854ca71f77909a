"""Let systems vote by ranks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.recommend.fusion.base import CodedRuns, FloatArray, Fusion

__all__ = ["Borda"]


@dataclass(frozen=True)
class Borda(Fusion):
    """Sum over systems of Borda's points (1781), as Aslam and Montague (SIGIR 2001) give them to runs.

    Of the c items that any system ranks for a query, a system gives its first c points, its second c − 1, and so on; the
    items that it does not rank share the points that are left. Needs no scores.
    """

    def fuse(self, runs: CodedRuns) -> FloatArray:
        """Add up the points."""
        candidates = runs.per_pair(runs.sizes.astype(np.float64))
        lengths = np.add.reduceat(runs.ranked, runs.starts, axis=1, dtype=np.float64)
        points = candidates - runs.ranks + 1
        left = (candidates - runs.per_pair(lengths) + 1) / 2
        total: FloatArray = np.where(runs.ranked, points, left).sum(axis=0)
        return total
