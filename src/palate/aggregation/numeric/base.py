"""What every aggregator of numbers takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray
from palate.core.errors import SettingsError
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress

__all__ = ["CodedNumbers", "NumericAggregator", "NumericFit", "NumericResult"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class CodedNumbers:
    """Answers as flat arrays, sorted by task and within it by annotator (compressed sparse rows).

    Args:
        offsets: int64, shape (n_tasks + 1,); task t holds answers ``offsets[t]:offsets[t + 1]``.
        tasks: int32, shape (n_answers,).
        annotators: int32, shape (n_answers,).
        values: float64, shape (n_answers,).
        golden: float64, shape (n_tasks,): the known value, NaN where none is known.
        task_ids: The tasks' own ids, in the order of their codes (sorted).
        annotator_ids: The annotators' own ids, likewise.
    """

    offsets: npt.NDArray[np.int64]
    tasks: IntArray
    annotators: IntArray
    values: FloatArray
    golden: FloatArray
    task_ids: pl.Series
    annotator_ids: pl.Series


@dataclass(frozen=True)
class NumericFit:
    """What an aggregator found, in codes.

    Args:
        value: float64, shape (n_tasks,).
        low: float64, shape (n_tasks,): lower bound of the interval; NaN where the method gives none.
        high: float64, shape (n_tasks,), likewise.
        bias: float64, shape (n_annotators,): how much higher than the value an annotator answers on average.
        spread: float64, shape (n_annotators,): standard deviation of their answers around value and bias; NaN
            where it is not estimated.
        log_likelihood: What the method maximizes, one value an iteration; empty where there is none.
        converged: Whether the method stopped because it had settled.
        iterations: How many passes it made.
    """

    value: FloatArray
    low: FloatArray
    high: FloatArray
    bias: FloatArray
    spread: FloatArray
    log_likelihood: tuple[float, ...] = ()
    converged: bool = True
    iterations: int = 1


@dataclass(frozen=True)
class NumericResult:
    """Values with what is needed to judge them. The frames are of the caller's own kind.

    Args:
        values: Columns ``task, value, low, high``, in the answers' unit; bounds are missing where the method or
            the number of answers gives none. The interval of a golden task is its value.
        annotators: Columns ``annotator, answers, bias, spread``, in the answers' unit, and, with golden tasks,
            ``golden_answers, golden_error`` (mean absolute error on them). What too few answers leave open is
            missing.
        converged: Whether the method settled.
        iterations: How many passes it made.
        log_likelihood: What it maximized, one value an iteration.
        settings: The aggregator itself.
    """

    values: Any
    annotators: Any
    converged: bool
    iterations: int
    log_likelihood: tuple[float, ...]
    settings: NumericAggregator = field(repr=False)


@dataclass(frozen=True)
class NumericAggregator(ABC):
    """Settings of one way to turn numbers that people gave into one number a task.

    Args:
        confidence: Of the intervals, in (0, 1).
    """

    confidence: float = 0.95

    def __post_init__(self) -> None:
        if not 0 < self.confidence < 1:
            raise SettingsError(
                f"'confidence' must be between 0 and 1, such as 0.95; it is {self.confidence!r}."
            )

    @abstractmethod
    def fit(self, answers: CodedNumbers, progress: Progress = no_progress) -> NumericFit:
        """Return the value of every task and what is known of every annotator."""

    def aggregate(
        self, answers: IntoTable, *, golden: IntoTable | None = None, progress: Progress = no_progress
    ) -> NumericResult:
        """Return one value a task for ``answers`` (columns ``task, annotator, value``).

        Args:
            answers: A dataframe or a path.
            golden: Known values, columns ``task, value``; these tasks have them.
            progress: Called with (iterations done, most iterations).

        Raises:
            InputError: The answers are missing columns or values, are empty, hold what is no finite number, or
                answer a task twice by the same annotator; or a golden task was not answered.
        """
        from palate.aggregation.numeric._tables import code_numbers, result_tables

        coded = code_numbers(answers, golden)
        return result_tables(self, coded, self.fit(coded, progress), answers)
