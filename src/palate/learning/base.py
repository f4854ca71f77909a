"""What every learner of rankings takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from palate.core.progress import Progress, no_progress

__all__ = ["Beliefs", "FittedRanker", "FloatArray", "LearningData", "Preferences", "Ranker"]

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
class Preferences:
    """Comparisons of two sums of scores of one query: of two items, or of two lists by the places of their items.

    Args:
        rows: int64, shape (n_parts,): positions of rows, those of a comparison together.
        sides: float64, shape (n_parts,): what the row's score counts for the left, or, negative, for the right.
        offsets: int64, shape (n_comparisons + 1,): where each comparison's parts begin.
        left: float64, shape (n_comparisons,): how much speaks for the left.
        right: float64, shape (n_comparisons,): how much speaks for the right; both are halves of a tie.
    """

    rows: IntArray
    sides: FloatArray
    offsets: IntArray
    left: FloatArray
    right: FloatArray

    @property
    def of_part(self) -> IntArray:
        """Each part's comparison, shape (n_parts,)."""
        return np.repeat(np.arange(len(self.left)), np.diff(self.offsets))

    def among(self, chosen: npt.NDArray[np.bool_]) -> Preferences:
        """Return the comparisons all of whose rows are ``chosen``, shape (n_rows,), rows counted among these."""
        place = np.cumsum(chosen) - 1
        kept = np.logical_and.reduceat(chosen[self.rows], self.offsets[:-1]) if len(self.left) else chosen[:0]
        parts = kept[self.of_part]
        sizes = np.diff(self.offsets)[kept]
        return Preferences(
            place[self.rows[parts]],
            self.sides[parts],
            np.concatenate([[0], np.cumsum(sizes)]),
            self.left[kept],
            self.right[kept],
        )


@dataclass(frozen=True)
class LearningData:
    """Judged rankings as flat arrays, sorted by query.

    Args:
        features: float64, shape (n_rows, n_features); NaN where unknown.
        grades: int32, shape (n_rows,), from 0; -1 of rows that are only compared.
        group_sizes: int64, shape (n_queries,): rows of each query, in order.
        names: The features' names.
        probability: float64, shape (n_rows,): that the grade is right; None where nobody says.
        beliefs: The posterior of the grades; None where there is none.
        preferences: Comparisons of rows; None where nobody compared.
    """

    features: FloatArray
    grades: npt.NDArray[np.int32]
    group_sizes: npt.NDArray[np.int64]
    names: tuple[str, ...]
    probability: FloatArray | None = None
    beliefs: Beliefs | None = None
    preferences: Preferences | None = None

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
            None if self.preferences is None else self.preferences.among(rows),
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

    def contributions(self, features: FloatArray) -> FloatArray | None:  # noqa: ARG002 (others need them)
        """Return what each feature adds to each row's score by Shapley's values (Lundberg and Lee, 2017).

        Returns:
            float64, shape (n_rows, n_features + 1): the last column is what the score is without any feature, and a row
            adds up to its score. None where exact ones are not known.
        """
        return None

    @abstractmethod
    def save(self, path: Path) -> None:
        """Write the ranker to a text file, whole or not at all."""


@dataclass(frozen=True)
class Ranker(ABC):
    """Settings of one way to learn a ranking from judgments."""

    teaches_by_order: ClassVar[bool] = False
    """Whether a query teaches nothing if all its judged items have one grade, or there is but one."""

    takes_comparisons: ClassVar[bool] = False
    """Whether it learns from comparisons, too."""

    @abstractmethod
    def fit(self, data: LearningData, seed: int = 0, progress: Progress = no_progress) -> FittedRanker:
        """Learn to rank the rows of each query by grade."""

    @abstractmethod
    def load(self, path: Path) -> FittedRanker:
        """Return the ranker that :meth:`FittedRanker.save` wrote; it scores as the saved one did.

        Raises:
            InputError: The file is missing or is none of this method's.
        """
