"""Masks sorted by task: what every aggregator of them takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray

__all__ = ["BoolArray", "CodedMasks", "FloatArray", "IntoMasks"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

IntoMasks = Any
"""A mapping of tasks to mappings of annotators to arrays, or a table with the columns ``task, annotator, mask``."""


@dataclass(frozen=True)
class CodedMasks:
    """Masks sorted by task and within it by annotator. Arrays of true and false are the caller's, not copies.

    Args:
        offsets: int64, shape (n_tasks + 1,); task t holds ``masks[offsets[t]:offsets[t + 1]]``.
        annotators: int32, shape (n_masks,).
        masks: One an answer, all of a task of one shape; of any number of dimensions.
        task_ids: The tasks' own ids, sorted.
        annotator_ids: The annotators' own ids, sorted.
    """

    offsets: npt.NDArray[np.int64]
    annotators: IntArray
    masks: tuple[BoolArray, ...]
    task_ids: pl.Series
    annotator_ids: pl.Series

    def of_task(self, task: int) -> tuple[IntArray, tuple[BoolArray, ...]]:
        """Return the annotators of a task and their masks."""
        own = slice(self.offsets[task], self.offsets[task + 1])
        return self.annotators[own], self.masks[own]
