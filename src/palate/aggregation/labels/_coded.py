"""Answers as flat arrays: what every label aggregator takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray

__all__ = ["CodedAnswers", "Duplicates", "FloatArray"]

FloatArray = npt.NDArray[np.float64]
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

    @cached_property
    def answers_each(self) -> npt.NDArray[np.int64]:
        """How many answers each annotator gave: int64, shape (n_annotators,)."""
        n_annotators = len(self.annotator_ids)
        found = np.zeros(n_annotators, dtype=np.int64)
        block = max(1 << 15, 2 * n_annotators)  # whose numbers stay in the processor's cache
        for start in range(0, len(self.annotators), block):
            found += np.bincount(self.annotators[start : start + block], minlength=n_annotators)
        return found
