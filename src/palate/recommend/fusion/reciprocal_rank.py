"""Add up the reciprocals of ranks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.core.errors import SettingsError
from palate.recommend.fusion.base import CodedRuns, FloatArray, Fusion

__all__ = ["ReciprocalRank"]


@dataclass(frozen=True)
class ReciprocalRank(Fusion):
    """Sum over systems of 1 / (smoothing + rank). Cormack, Clarke and Büttcher, SIGIR 2009.

    Needs no scores, so that no scale of scores matters. An item that a system does not rank gets nothing from it.

    Args:
        smoothing: The larger, the less a first rank is worth against a tenth; 60 in the paper. At least 0.

    Raises:
        SettingsError: ``smoothing`` is below 0 or not finite.
    """

    smoothing: float = 60.0

    def __post_init__(self) -> None:
        if not 0 <= self.smoothing < np.inf:
            raise SettingsError(f"'smoothing' must be a number from 0; it is {self.smoothing}.")

    def fuse(self, runs: CodedRuns) -> FloatArray:
        """Add up the reciprocals."""
        found = np.where(runs.ranked, 1.0 / (self.smoothing + np.maximum(runs.ranks, 1)), 0.0)
        total: FloatArray = np.sort(found, axis=0).sum(axis=0)  # in one order, so that equal sums are equal
        return total
