"""What every label aggregator takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, get_args

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray
from palate.core.errors import SettingsError
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress

__all__ = ["CodedAnswers", "Duplicates", "LabelAggregator", "LabelFit", "LabelResult", "Ties"]

FloatArray = npt.NDArray[np.float64]
Ties = Literal["lowest", "random", "abstain"]
Duplicates = Literal["error", "first", "last", "all"]


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
        known: float64, shape (n_annotators, n_labels, n_labels), ``[annotator, truth, answer]``: how often each
            annotator gave each label to tasks of each true label before; None where nothing is known.
    """

    offsets: npt.NDArray[np.int64]
    annotators: IntArray
    labels: IntArray
    golden: IntArray
    task_ids: pl.Series
    annotator_ids: pl.Series
    label_values: pl.Series
    known: FloatArray | None = None


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
        reason: Why the method did what it did, in one line, where it had a choice.
    """

    posterior: FloatArray
    skill: FloatArray
    confusion: FloatArray | None = None
    log_likelihood: tuple[float, ...] = ()
    converged: bool = True
    iterations: int = 1
    reason: str = ""


@dataclass(frozen=True)
class LabelResult:
    """Judgments with what is needed to judge them. The frames are of the caller's own kind.

    Args:
        labels: Columns ``task, label, probability``: the decision and its posterior probability; where the
            method abstains there is no label, and the probability is that of each of the best.
        probabilities: Columns ``task`` and one a label: the posterior.
        annotators: Columns ``annotator, answers, skill``, the ends ``skill_low, skill_high`` of its 95% credible
            interval, ``agreement`` (share of the annotator's answers that equal the decision, where there is one)
            and, with golden tasks, ``golden_answers, golden_accuracy``. A share of no answers is missing.
        confusion: Columns ``annotator, truth, label, probability``; None where the method has none.
        tie_share: Share of tasks whose posterior has more than one highest label (to within 1e-9).
        converged: Whether the method settled.
        iterations: How many passes it made.
        log_likelihood: What it maximized, one value an iteration.
        settings: The aggregator itself.
        reason: What it chose and why, in one line, where it had a choice.
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
    reason: str = ""


@dataclass(frozen=True)
class LabelAggregator(ABC):
    """Settings of one way to turn answers into labels.

    Args:
        ties: What to decide where several labels are equally probable: the ``lowest``, a ``random`` one
            (drawn from ``seed`` and independent of the order of rows), or ``abstain`` (no label).
        seed: For random ties and random starts.
    """

    needs_golden: ClassVar[bool] = False
    """Whether the method refuses answers without golden tasks."""

    most_labels: ClassVar[int | None] = None
    """How many labels the method can tell apart; None where there is no limit."""

    uses_known_annotators: ClassVar[bool] = False
    """Whether the method can use what is known of annotators from before."""

    ties: Ties = "lowest"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.ties not in get_args(Ties):
            raise SettingsError(f"'ties' must be one of {', '.join(get_args(Ties))}; it is {self.ties!r}.")

    @abstractmethod
    def fit(self, answers: CodedAnswers, progress: Progress = no_progress) -> LabelFit:
        """Return the posterior of every task and what is known of every annotator."""

    def aggregate(
        self,
        answers: IntoTable,
        *,
        golden: IntoTable | None = None,
        annotators: IntoTable | None = None,
        on_duplicate: Duplicates = "error",
        progress: Progress = no_progress,
    ) -> LabelResult:
        """Return the judgments of ``answers`` (columns ``task, annotator, label``).

        Args:
            answers: A dataframe or a path.
            golden: Known labels, columns ``task, label``; methods clamp these tasks to them.
            annotators: What is known of annotators from before, columns ``annotator, truth, label, count``: how
                often they gave which label to tasks of each true label. It counts as if they had answered these
                tasks, too. Annotators who answered nothing now may be among them.
            on_duplicate: What to do where an annotator answers a task more than once: an ``error`` shows the rows;
                the ``first`` or the ``last`` row counts; or ``all`` of them do, an answer each.
            progress: Called with (iterations done, most iterations).

        Raises:
            InputError: The answers are missing columns or values, are empty, or answer a task twice by
                the same annotator and that is an error; a golden task was not answered or its label is of
                another type; or the table of annotators has labels that nobody gave here.
            SettingsError: The method cannot use known annotators, or ``on_duplicate`` is none of its choices.
        """
        from palate.aggregation.labels._tables import result_tables

        coded = self._coded(answers, golden, annotators, on_duplicate)
        return result_tables(self, coded, self.fit(coded, progress), answers)

    def _coded(
        self,
        answers: IntoTable,
        golden: IntoTable | None,
        annotators: IntoTable | None,
        on_duplicate: Duplicates,
    ) -> CodedAnswers:
        from palate.aggregation.labels._tables import code_answers

        if annotators is not None and not self.uses_known_annotators:
            raise SettingsError(
                f"{type(self).__name__} cannot use what is known of annotators from before. Leave 'annotators' out, or"
                " choose a method that can, such as dawid_skene."
            )
        coded = code_answers(answers, golden, on_duplicate)
        if annotators is None:
            return coded
        from palate.aggregation.labels._known_annotators import known_confusion

        return replace(coded, known=known_confusion(coded, annotators))
