"""What every learner of rankings takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from palate.core.progress import Progress, no_progress

__all__ = ["Beliefs", "FittedRanker", "FloatArray", "LearningData", "Ranker"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Beliefs:
    """The posterior of every row's grade.

    Args:
        grades: int64, shape (n_grades,): the grades there are, ascending.
        shares: float64, shape (n_rows, n_grades): each grade's probability; rows sum to 1.
    """

    grades: IntArray
    shares: FloatArray


@dataclass(frozen=True)
class LearningData:
    """Judged rankings as flat arrays, sorted by query.

    Args:
        features: float64, shape (n_rows, n_features); NaN where unknown.
        grades: int32, shape (n_rows,), from 0.
        group_sizes: int64, shape (n_queries,): rows of each query, in order.
        names: The features' names.
        probability: float64, shape (n_rows,): that the grade is right; None where nobody says.
        beliefs: The posterior of the grades; None where there is none.
    """

    features: FloatArray
    grades: npt.NDArray[np.int32]
    group_sizes: npt.NDArray[np.int64]
    names: tuple[str, ...]
    probability: FloatArray | None = None
    beliefs: Beliefs | None = None

    @property
    def queries(self) -> IntArray:
        """Each row's query, numbered from 0, shape (n_rows,)."""
        return np.repeat(np.arange(len(self.group_sizes)), self.group_sizes)

    def of_queries(self, chosen: npt.NDArray[np.bool_]) -> LearningData:
        """Return the rows of the ``chosen`` queries, shape (n_queries,)."""
        rows = chosen[self.queries]
        beliefs = self.beliefs
        return LearningData(
            self.features[rows],
            self.grades[rows],
            self.group_sizes[chosen],
            self.names,
            None if self.probability is None else self.probability[rows],
            None if beliefs is None else Beliefs(beliefs.grades, beliefs.shares[rows]),
        )


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

    teaches_by_order: ClassVar[bool] = False
    """Whether a query teaches nothing if all its judged items have one grade, or there is but one."""

    @abstractmethod
    def fit(self, data: LearningData, seed: int = 0, progress: Progress = no_progress) -> FittedRanker:
        """Learn to rank the rows of each query by grade."""

    @abstractmethod
    def load(self, path: Path) -> FittedRanker:
        """Return the ranker that :meth:`FittedRanker.save` wrote; it scores as the saved one did.

        Raises:
            InputError: The file is missing or is none of this method's.
        """
