"""What every measure of agreement takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from palate.core.frames import IntoTable
from palate.core.randomness import Seed

__all__ = ["Agreement", "AgreementCoefficient", "LabelCounts"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LabelCounts:
    """How often each task was given each label.

    Args:
        counts: float64, shape (n_tasks, n_labels), non-negative whole numbers.
        values: float64, shape (n_labels,): each label as a number, for coefficients that weigh distance;
            its place in sorted order (from 0) where labels are not numbers.
    """

    counts: FloatArray
    values: FloatArray


@dataclass(frozen=True)
class Agreement:
    """How far annotators agree.

    Args:
        value: 1 is perfect agreement, 0 what chance gives (for coefficients that correct for it); NaN
            where it is not defined (one label only).
        low: Lower bound of the bootstrap interval over tasks.
        high: Upper bound.
        confidence: Of the interval.
        n_tasks: Tasks with at least two answers, on which the value rests.
        n_answers: Answers on those tasks.
        settings: The coefficient itself.
    """

    value: float
    low: float
    high: float
    confidence: float
    n_tasks: int
    n_answers: int
    settings: AgreementCoefficient = field(repr=False)


@dataclass(frozen=True)
class AgreementCoefficient(ABC):
    """Settings of one way to say how far annotators agree.

    Args:
        resamples: Bootstrap resamples of tasks for the interval.
        confidence: Of the interval, in (0, 1).
    """

    resamples: int = 1000
    confidence: float = 0.95

    @abstractmethod
    def values(self, data: LabelCounts, weights: FloatArray) -> FloatArray:
        """Return the coefficient for each weighting of tasks.

        Args:
            data: Answers as counts; every task has at least two.
            weights: float64, shape (n_weightings, n_tasks): how often each task counts.

        Returns:
            Shape (n_weightings,).
        """

    def measure(self, answers: IntoTable, *, seed: Seed = 0) -> Agreement:
        """Return the agreement of ``answers`` (columns ``task, annotator, label``).

        Raises:
            InputError: The answers cannot be read, or no task has two answers.
        """
        from palate.agreement._measure import measure

        return measure(self, answers, seed)
