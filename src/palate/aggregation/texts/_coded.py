"""Texts as flat arrays: what every aggregator of them takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray

__all__ = ["CodedTexts", "FloatArray"]

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
