"""Sets of labels as flat arrays: what every aggregator of them takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray

__all__ = ["BoolArray", "CodedSets", "FloatArray"]

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
