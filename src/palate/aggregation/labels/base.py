"""What every label aggregator takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray
from palate.core.errors import SettingsError
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress

__all__ = ["CodedAnswers", "LabelAggregator", "LabelFit", "LabelResult", "Ties"]

FloatArray = npt.NDArray[np.float64]
Ties = Literal["lowest", "random", "abstain"]


@dataclass(frozen=True)
class CodedAnswers:
    """Answers as flat arrays, sorted by task and within it by annotator (compressed sparse rows).

    Args:
        offsets: int64, shape (n_tasks + 1,); task t holds answers ``offsets[t]:offsets[t + 1]``.
        annotators: int32, shape (n_answers,).
        labels: int32, shape (n_answers,).
        golden: int32, shape (n_tasks,): the known label's code, -1 where none is known.
        task_ids: The tasks' own ids, in the order of their codes (sorted).
        annotator_ids: The annotators' own ids, likewise.
        label_values: The labels themselves, sorted; a golden label nobody gave is among them.
    """

    offsets: npt.NDArray[np.int64]
    annotators: IntArray
    labels: IntArray
    golden: IntArray
    task_ids: pl.Series
    annotator_ids: pl.Series
    label_values: pl.Series


@dataclass(frozen=True)
class LabelFit:
    """What an aggregator found, in codes.

    Args:
        posterior: float64, shape (n_tasks, n_labels); rows sum to 1.
        skill: float64, shape (n_annotators,), in [0, 1]: probability of a right answer on a task drawn
            from the judgments; NaN where the method does not estimate it.
        confusion: float64, shape (n_annotators, n_labels, n_labels): ``[a, truth, answer]``, rows sum to
            1; None where the method has none.
        log_likelihood: What the method maximizes, one value an iteration; empty where there is none.
        converged: Whether the method stopped because it had settled.
        iterations: How many passes it made.
    """

    posterior: FloatArray
    skill: FloatArray
    confusion: FloatArray | None = None
    log_likelihood: tuple[float, ...] = ()
    converged: bool = True
    iterations: int = 1


@dataclass(frozen=True)
class LabelResult:
    """Judgments with what is needed to judge them. The frames are of the caller's own kind.

    Args:
        labels: Columns ``task, label, probability``: the decision and its posterior probability; where the
            method abstains there is no label, and the probability is that of each of the best.
        probabilities: Columns ``task`` and one a label: the posterior.
        annotators: Columns ``annotator, answers, skill, agreement`` (share of the annotator's answers that
            equal the decision, where there is one) and, with golden tasks, ``golden_answers,
            golden_accuracy``. A share of no answers is missing.
        confusion: Columns ``annotator, truth, label, probability``; None where the method has none.
        tie_share: Share of tasks whose posterior has more than one highest label (to within 1e-9).
        converged: Whether the method settled.
        iterations: How many passes it made.
        log_likelihood: What it maximized, one value an iteration.
        settings: The aggregator itself.
    """

    labels: Any
    probabilities: Any
    annotators: Any
    confusion: Any | None
    tie_share: float
    converged: bool
    iterations: int
    log_likelihood: tuple[float, ...]
    settings: LabelAggregator = field(repr=False)


@dataclass(frozen=True)
class LabelAggregator(ABC):
    """Settings of one way to turn answers into labels.

    Args:
        ties: What to decide where several labels are equally probable: the ``lowest``, a ``random`` one
            (drawn from ``seed`` and independent of the order of rows), or ``abstain`` (no label).
        seed: For random ties and random starts.
    """

    ties: Ties = "lowest"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.ties not in get_args(Ties):
            raise SettingsError(f"'ties' must be one of {', '.join(get_args(Ties))}; it is {self.ties!r}.")

    @abstractmethod
    def fit(self, answers: CodedAnswers, progress: Progress = no_progress) -> LabelFit:
        """Return the posterior of every task and what is known of every annotator."""

    def aggregate(
        self, answers: IntoTable, *, golden: IntoTable | None = None, progress: Progress = no_progress
    ) -> LabelResult:
        """Return the judgments of ``answers`` (columns ``task, annotator, label``).

        Args:
            answers: A dataframe or a path.
            golden: Known labels, columns ``task, label``; methods clamp these tasks to them.
            progress: Called with (iterations done, most iterations).

        Raises:
            InputError: The answers are missing columns or values, are empty, or answer a task twice by
                the same annotator; or a golden task was not answered or its label is of another type.
        """
        from palate.aggregation.labels._tables import code_answers, result_tables

        coded = code_answers(answers, golden)
        return result_tables(self, coded, self.fit(coded, progress), answers)
