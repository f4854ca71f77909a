"""What every measure of agreement takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray
from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.randomness import Seed
from palate.core.resampling import check_resampling
from palate.core.tables import ANSWERS

__all__ = ["Agreement", "AgreementCoefficient", "AnnotatorCoefficient", "Answerers", "LabelCounts", "ratios"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Answerers:
    """Who gave the answers that are counted, task by task.

    Args:
        rows: int32, shape (n_tasks,): the row of the counts that a task shares.
        offsets: int64, shape (n_tasks + 1,); task t holds answers ``offsets[t]:offsets[t + 1]``.
        annotators: int32, shape (n_answers,), ascending within a task; their codes depend on what they did, not on
            their names.
        labels: int32, shape (n_answers,): columns of the counts.
    """

    rows: IntArray
    offsets: npt.NDArray[np.int64]
    annotators: IntArray
    labels: IntArray


@dataclass(frozen=True)
class LabelCounts:
    """How often tasks were given each label. Tasks with the same counts share a row.

    Args:
        counts: float64, shape (n_rows, n_labels), non-negative whole numbers.
        values: float64, shape (n_labels,): each label as a number, in ascending order, for coefficients that
            weigh distance; None where labels are not numbers.
        answerers: Who answered, for an :class:`AnnotatorCoefficient`.
        names: The labels themselves, in the order of the columns; None where they are not known.
    """

    counts: FloatArray
    values: FloatArray | None
    answerers: Answerers | None = None
    names: pl.Series | None = None


@dataclass(frozen=True)
class Agreement:
    """How far annotators agree.

    Args:
        value: 1 is perfect agreement, 0 what chance gives (for coefficients that correct for it); NaN
            where it is not defined (one label only, for those).
        low: Lower bound of the bootstrap interval over tasks, from resamples where the value is defined;
            NaN where there are too few of them.
        high: Upper bound, likewise.
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

    def __post_init__(self) -> None:
        check_resampling(self.resamples, self.confidence)

    @abstractmethod
    def values(self, data: LabelCounts, weights: FloatArray) -> FloatArray:
        """Return the coefficient for each weighting of tasks.

        Args:
            data: Answers as counts; every row has at least two.
            weights: float64, shape (n_weightings, n_rows): how many tasks have each row's counts.

        Returns:
            Shape (n_weightings,); NaN where the coefficient is not defined.

        Raises:
            InputError: The labels are none that the coefficient can weigh.
        """

    def read(self, answers: IntoTable) -> pl.DataFrame:
        """Return answers as they are counted, with the columns ``task, annotator, label``.

        Raises:
            InputError: The answers cannot be read, or the labels are none that the coefficient can weigh.
        """
        return read_table(answers, ANSWERS)

    def measure(self, answers: IntoTable, *, seed: Seed = 0) -> Agreement:
        """Return the agreement of ``answers`` (columns ``task, annotator, label``).

        Raises:
            InputError: The answers cannot be read, no task has two answers, or the labels are none that the
                coefficient can weigh.
        """
        from palate.agreement._measure import measure

        return measure(self, answers, seed)


@dataclass(frozen=True)
class AnnotatorCoefficient(AgreementCoefficient):
    """Settings of a coefficient that needs to know who answered: a ratio of sums over tasks."""

    @abstractmethod
    def terms(self, data: LabelCounts, given: Answerers) -> tuple[FloatArray, FloatArray]:
        """Return what each task adds to the numerator and to the denominator, each of shape (n_tasks,).

        Where the value is no ratio of sums, terms are such that its first-order change with the weight of a task is that
        of the ratio: the bootstrap is then that of the linear approximation about the value.

        Args:
            data: Answers as counts.
            given: Who gave them.

        Raises:
            InputError: The labels are none that the coefficient can weigh.
        """

    def values(self, data: LabelCounts, weights: FloatArray) -> FloatArray:
        """Return the coefficient for each weighting of rows; tasks that share a row share its weight.

        Raises:
            InputError: It is not known who answered, or the labels are none that the coefficient can weigh.
        """
        given = data.answerers
        if given is None:
            raise InputError(
                f"{type(self).__name__} needs to know who answered; these are counts of labels only."
            )
        n_rows = len(data.counts)
        n_alike = np.bincount(given.rows, minlength=n_rows)
        sums = [
            weights @ (np.bincount(given.rows, weights=term, minlength=n_rows) / n_alike)
            for term in self.terms(data, given)
        ]
        return ratios(sums[0], sums[1])


def ratios(numerators: FloatArray, denominators: FloatArray) -> FloatArray:
    """Return the ratios, NaN where a denominator is 0."""
    found = np.full(len(numerators), np.nan)
    np.divide(numerators, denominators, out=found, where=denominators > 0)
    return found
