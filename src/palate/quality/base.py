"""What every check of annotators' quality takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray
from palate.core.frames import IntoTable, like

__all__ = ["QualityCheck", "QualityResult", "SortedAnswers"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SortedAnswers:
    """Answers as codes, sorted by task, then annotator.

    Args:
        tasks: int32, shape (n_answers,).
        annotators: int32, likewise.
        labels: int32, likewise.
        submitted_at: float64, likewise: seconds since 1970 UTC, NaN where unknown; None where there is no such column.
        golden: int32, shape (n_tasks,): the known label's code, -1 where none is known.
        task_ids: The tasks' own ids, sorted.
        annotator_ids: The annotators' own ids, sorted.
        label_values: The labels, sorted; a golden label nobody gave is among them.
        where: What errors call the table.
    """

    tasks: IntArray
    annotators: IntArray
    labels: IntArray
    submitted_at: FloatArray | None
    golden: IntArray
    task_ids: pl.Series
    annotator_ids: pl.Series
    label_values: pl.Series
    where: str


@dataclass(frozen=True)
class QualityResult:
    """What a check found. The frames are of the caller's own kind.

    Args:
        found: One row an annotator (or pair of annotators), with a column ``suspect``: whether to talk to the person.
        evidence: The rows to show a suspect person, and what they show.
        settings: The check itself.
    """

    found: Any
    evidence: Any
    settings: QualityCheck = field(repr=False)


@dataclass(frozen=True)
class QualityCheck(ABC):
    """Settings of one way to look at annotators' answers."""

    @abstractmethod
    def find(self, answers: SortedAnswers) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return what there is to say of annotators, and the evidence for it.

        Raises:
            InputError: The answers lack what the check needs.
        """

    def check(self, answers: IntoTable, *, golden: IntoTable | None = None) -> QualityResult:
        """Return what there is to say of the annotators of ``answers`` (columns ``task, annotator, label``).

        Args:
            answers: A dataframe or a path; ``submitted_at`` where the check needs it.
            golden: Known labels, columns ``task, label``. Elsewhere the truth is what most of the others say.

        Raises:
            InputError: A table cannot be read or lacks what the check needs, an annotator answers a task twice, or a
                golden task was not answered.
        """
        from palate.quality._answers import sorted_answers

        found, evidence = self.find(sorted_answers(answers, golden))
        return QualityResult(like(answers, found), like(answers, evidence), self)
