"""What every fusion of runs takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from palate.core.coding import IntArray

__all__ = ["CodedRuns", "FloatArray", "Fusion"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class CodedRuns:
    """Several systems' runs over all pairs of a query and an item that any of them ranks.

    Args:
        systems: The systems' names, sorted.
        ranks: int32, shape (n_systems, n_pairs): from 1 without gaps in each ranking; 0 where not ranked.
        scores: float64, likewise; NaN where not ranked, and throughout for a system without scores.
        starts: int64, shape (n_queries,): the first pair of each query; a query's pairs are neighbours.
    """

    systems: tuple[str, ...]
    ranks: IntArray
    scores: FloatArray
    starts: npt.NDArray[np.int64]

    @property
    def ranked(self) -> npt.NDArray[np.bool_]:
        """Which system ranks which pair, shape (n_systems, n_pairs)."""
        return self.ranks > 0

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """How many pairs each query has, shape (n_queries,)."""
        return np.diff(self.starts, append=self.ranks.shape[1])

    def per_pair(self, values: npt.NDArray[np.float64]) -> FloatArray:
        """Return a value a query, shape (..., n_queries), as one a pair."""
        return np.repeat(values, self.sizes, axis=-1)


@dataclass(frozen=True)
class Fusion(ABC):
    """Settings of one way to make one run of several."""

    needs_scores: ClassVar[bool] = False
    """Whether systems without scores are refused."""

    @abstractmethod
    def fuse(self, runs: CodedRuns) -> FloatArray:
        """Return each pair's fused score, shape (n_pairs,); higher is earlier. All are finite.

        Raises:
            InputError: The scores are not such as the method can add.
            SettingsError: The settings are of other systems.
        """
