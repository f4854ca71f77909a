"""What every aggregator of texts takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress

__all__ = ["CodedTexts", "TextAggregator", "TextFit", "TextResult"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class CodedTexts:
    """Texts as flat arrays, sorted by task and within it by annotator (compressed sparse rows).

    Args:
        offsets: int64, shape (n_tasks + 1,); task t holds answers ``offsets[t]:offsets[t + 1]``.
        annotators: int32, shape (n_answers,).
        texts: int32, shape (n_answers,): which of ``values`` was given.
        values: The different texts, sorted.
        task_ids: The tasks' own ids, sorted.
        annotator_ids: The annotators' own ids, sorted.
    """

    offsets: npt.NDArray[np.int64]
    annotators: IntArray
    texts: IntArray
    values: pl.Series
    task_ids: pl.Series
    annotator_ids: pl.Series


@dataclass(frozen=True)
class TextFit:
    """What an aggregator found.

    Args:
        texts: One text a task.
        weights: float64, shape (n_annotators,): how much the answers of each count, 1 on average; NaN where
            nothing is known, because each answer of theirs is the only one to its task.
        converged: Whether the method settled.
        iterations: How many passes it made.
        log_likelihood: What it maximized, one value an iteration; empty where there is none.
    """

    texts: list[str]
    weights: FloatArray
    converged: bool = True
    iterations: int = 1
    log_likelihood: tuple[float, ...] = ()


@dataclass(frozen=True)
class TextResult:
    """Aggregated texts. The frames are of the caller's own kind.

    Args:
        texts: Columns ``task, text``.
        annotators: Columns ``annotator, answers, weight`` (1 on average; missing where nothing is known) and
            ``agreement`` (share of the annotator's answers that equal the result, letter by letter).
        converged: Whether the method settled.
        iterations: How many passes it made.
        log_likelihood: What it maximized, one value an iteration.
        settings: The aggregator itself.
    """

    texts: Any
    annotators: Any
    converged: bool
    iterations: int
    log_likelihood: tuple[float, ...]
    settings: TextAggregator = field(repr=False)


@dataclass(frozen=True)
class TextAggregator(ABC):
    """Settings of one way to turn the texts of many into one a task."""

    @abstractmethod
    def fit(self, texts: CodedTexts, progress: Progress = no_progress) -> TextFit:
        """Return one text a task and how much each annotator counts."""

    def aggregate(self, texts: IntoTable, *, progress: Progress = no_progress) -> TextResult:
        """Return the aggregated texts of ``texts`` (columns ``task, annotator, text``).

        Raises:
            InputError: Columns or values are missing, or an annotator answers a task twice.
        """
        from palate.aggregation.texts._tables import code_texts, result_tables

        coded = code_texts(texts)
        return result_tables(self, coded, self.fit(coded, progress), texts)
