"""What every learner of rankings takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from palate.core.progress import Progress, no_progress

__all__ = ["FittedRanker", "FloatArray", "LearningData", "Ranker"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LearningData:
    """Judged rankings as flat arrays, sorted by query.

    Args:
        features: float64, shape (n_rows, n_features); NaN where unknown.
        grades: int32, shape (n_rows,), from 0.
        group_sizes: int64, shape (n_queries,): rows of each query, in order.
        names: The features' names.
    """

    features: FloatArray
    grades: npt.NDArray[np.int32]
    group_sizes: npt.NDArray[np.int64]
    names: tuple[str, ...]


class FittedRanker(ABC):
    """A ranker that has learned."""

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The names of the features it takes, in the order in which :meth:`score` takes them."""

    @abstractmethod
    def score(self, features: FloatArray) -> FloatArray:
        """Return one score a row, shape (n_rows,); higher ranks earlier."""

    @abstractmethod
    def importance(self) -> dict[str, float]:
        """Return each feature's share of what the ranker uses, summing to 1 (or all 0 if it uses none)."""

    @abstractmethod
    def save(self, path: Path) -> None:
        """Write the ranker to a text file, whole or not at all."""


@dataclass(frozen=True)
class Ranker(ABC):
    """Settings of one way to learn a ranking from judgments."""

    @abstractmethod
    def fit(self, data: LearningData, seed: int = 0, progress: Progress = no_progress) -> FittedRanker:
        """Learn to rank the rows of each query by grade."""

    @abstractmethod
    def load(self, path: Path) -> FittedRanker:
        """Return the ranker that :meth:`FittedRanker.save` wrote; it scores as the saved one did.

        Raises:
            InputError: The file is missing or is none of this method's.
        """
