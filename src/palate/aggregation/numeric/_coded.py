"""Numbers as flat arrays: what every aggregator of them takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray

__all__ = ["CodedNumbers", "FloatArray"]

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
