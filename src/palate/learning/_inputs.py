"""Features as a net takes them: standardized, with what is missing as a feature of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from palate.learning.base import FloatArray, IntArray, LearningData

__all__ = ["Inputs"]


@dataclass(frozen=True, eq=False)
class Inputs:
    """How features become inputs, as the rows learned from have it.

    Args:
        known: int64, shape (n_known,): the features whose values differ.
        mean: float64, shape (n_known,): of their values.
        spread: float64, shape (n_known,): their standard deviations.
        gaps: int64, shape (n_gaps,): the features that are missing in some rows, not in all.
        share: float64, shape (n_gaps,): of the rows where they are.
        count: How many features there are.
    """

    known: IntArray
    mean: FloatArray
    spread: FloatArray
    gaps: IntArray
    share: FloatArray
    count: int

    @classmethod
    def of(cls, data: LearningData) -> Inputs:
        """Return the inputs of some rows."""
        missing = np.isnan(data.features)
        there = np.maximum((~missing).sum(axis=0), 1)
        filled = np.where(missing, 0.0, data.features)
        mean = filled.sum(axis=0) / there
        spread = np.sqrt((np.where(missing, 0.0, data.features - mean) ** 2).sum(axis=0) / there)
        known = np.flatnonzero(spread > 1e-12 * np.maximum(np.abs(mean), 1e-300))
        share = missing.mean(axis=0)
        gaps = np.flatnonzero((share > 0) & (share < 1))
        return cls(known, mean[known], spread[known], gaps, share[gaps], data.features.shape[1])

    def matrix(self, features: FloatArray) -> FloatArray:
        """Return the inputs, float64, shape (n_rows, n_known + n_gaps); each is 0 on average over the rows learned from."""
        values = (features[:, self.known] - self.mean) / self.spread
        missing = np.isnan(features[:, self.gaps]) - self.share
        return np.column_stack([np.where(np.isnan(values), 0.0, values), missing])

    def of_features(self, values: FloatArray) -> FloatArray:
        """Return values of inputs, along the last axis, added up for each feature."""
        found = np.zeros((*values.shape[:-1], self.count))
        found[..., self.known] += values[..., : len(self.known)]
        found[..., self.gaps] += values[..., len(self.known) :]
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {name: value if name == "count" else value.tolist() for name, value in vars(self).items()}

    @classmethod
    def from_dict(cls, saved: dict[str, Any]) -> Inputs:
        """Return what :meth:`to_dict` wrote."""
        known, gaps = (np.array(saved[name], dtype=np.int64) for name in ("known", "gaps"))
        mean, spread, share = (
            np.array(saved[name], dtype=np.float64) for name in ("mean", "spread", "share")
        )
        return cls(known, mean, spread, gaps, share, int(saved["count"]))
