"""What every aggregator of sets of labels takes and returns."""

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

__all__ = ["CodedSets", "MultilabelAggregator", "MultilabelFit", "MultilabelResult"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class CodedSets:
    """Answers as flat arrays, sorted by task and within it by annotator (compressed sparse rows, twice).

    Args:
        offsets: int64, shape (n_tasks + 1,); task t holds answers ``offsets[t]:offsets[t + 1]``.
        annotators: int32, shape (n_answers,).
        set_offsets: int64, shape (n_answers + 1,); answer i is the set ``labels[set_offsets[i]:set_offsets[i + 1]]``.
        labels: int32, ascending within each answer, none twice.
        golden: bool, shape (n_tasks,): whether the set of the task is known.
        golden_sets: bool, shape (n_tasks, n_labels): the known sets.
        task_ids: The tasks' own ids, in the order of their codes (sorted).
        annotator_ids: The annotators' own ids, likewise.
        label_values: The labels themselves, sorted; may be empty, where all sets are.
    """

    offsets: npt.NDArray[np.int64]
    annotators: IntArray
    set_offsets: npt.NDArray[np.int64]
    labels: IntArray
    golden: BoolArray
    golden_sets: BoolArray
    task_ids: pl.Series
    annotator_ids: pl.Series
    label_values: pl.Series


@dataclass(frozen=True)
class MultilabelFit:
    """What an aggregator found, in codes.

    Args:
        decided: bool, shape (n_tasks, n_labels): the set of each task.
        probabilities: float64, shape (n_tasks, n_labels), each in [0, 1].
        skill: float64, shape (n_annotators,), in [0, 1].
        tied: bool, shape (n_tasks,): whether another set would have been as good.
        log_likelihood: What the method maximizes, one value an iteration; empty where there is none.
        converged: Whether the method stopped because it had settled.
        iterations: How many passes it made.
    """

    decided: BoolArray
    probabilities: FloatArray
    skill: FloatArray
    tied: BoolArray
    log_likelihood: tuple[float, ...] = ()
    converged: bool = True
    iterations: int = 1


@dataclass(frozen=True)
class MultilabelResult:
    """Sets of labels with what is needed to judge them. The frames are of the caller's own kind.

    Args:
        labels: Columns ``task, labels``: the sorted list of labels, which may be empty.
        probabilities: Columns ``task`` and one a label.
        annotators: Columns ``annotator, answers, skill, agreement`` (mean MASI similarity of the annotator's sets
            to the decided ones) and, with golden tasks, ``golden_answers, golden_similarity``.
        tie_share: Share of tasks for which another set would have been as good.
        converged: Whether the method settled.
        iterations: How many passes it made.
        log_likelihood: What it maximized, one value an iteration.
        settings: The aggregator itself.
    """

    labels: Any
    probabilities: Any
    annotators: Any
    tie_share: float
    converged: bool
    iterations: int
    log_likelihood: tuple[float, ...]
    settings: MultilabelAggregator = field(repr=False)


@dataclass(frozen=True)
class MultilabelAggregator(ABC):
    """Settings of one way to turn sets of labels that people gave into one set a task.

    Args:
        separator: What stands between labels where a set is written as text; spaces around labels do not count.
        empty: The text that stands for the empty set, such as ``none``, besides the text of no letters.
    """

    separator: str = ","
    empty: str | None = None

    def __post_init__(self) -> None:
        if not self.separator:
            raise SettingsError("'separator' must be at least one letter; it is ''.")

    @abstractmethod
    def fit(self, answers: CodedSets, progress: Progress = no_progress) -> MultilabelFit:
        """Return the set of every task and what is known of every annotator."""

    def aggregate(
        self, answers: IntoTable, *, golden: IntoTable | None = None, progress: Progress = no_progress
    ) -> MultilabelResult:
        """Return one set of labels a task for ``answers`` (columns ``task, annotator, labels``).

        A set is a list, or text with separators; a label that it names twice is in it once.

        Args:
            answers: A dataframe or a path.
            golden: Known sets, columns ``task, labels``; these tasks have them.
            progress: Called with (iterations done, most iterations).

        Raises:
            InputError: The answers are missing columns or values, are empty, hold what is no set of labels, or
                answer a task twice by the same annotator; or a golden task was not answered.
        """
        from palate.aggregation.multilabel._tables import code_sets, result_tables

        coded = code_sets(answers, golden, self.separator, self.empty)
        return result_tables(self, coded, self.fit(coded, progress), answers)
