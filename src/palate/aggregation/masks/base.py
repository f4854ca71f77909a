"""What every aggregator of masks takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray
from palate.core.progress import Progress, no_progress

__all__ = ["CodedMasks", "IntoMasks", "MaskAggregator", "MaskFit", "MaskResult"]

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


@dataclass(frozen=True)
class MaskFit:
    """What an aggregator found.

    Args:
        masks: One a task.
        quality: Further columns of the result's ``annotators``, float64, shape (n_annotators,); NaN where
            nothing is known.
        converged: Whether the method settled.
        iterations: How many passes it made.
        log_likelihood: What it maximized, one value an iteration; empty where there is none.
    """

    masks: list[BoolArray]
    quality: Mapping[str, FloatArray] = field(default_factory=dict)
    converged: bool = True
    iterations: int = 1
    log_likelihood: tuple[float, ...] = ()


@dataclass(frozen=True)
class MaskResult:
    """Aggregated masks.

    Args:
        masks: The mask of every task: arrays of true and false of the task's shape, by task id.
        annotators: Columns ``annotator, answers, overlap`` (mean, over their answers, of the intersection of
            their mask and the result divided by the union; 1 where both are empty) and what else the method
            finds; a frame of the caller's own kind, polars for a mapping.
        converged: Whether the method settled.
        iterations: How many passes it made.
        log_likelihood: What it maximized, one value an iteration.
        settings: The aggregator itself.
    """

    masks: Mapping[Any, BoolArray]
    annotators: Any
    converged: bool
    iterations: int
    log_likelihood: tuple[float, ...]
    settings: MaskAggregator = field(repr=False)


@dataclass(frozen=True)
class MaskAggregator(ABC):
    """Settings of one way to turn the masks of many into one a task."""

    @abstractmethod
    def fit(self, masks: CodedMasks, progress: Progress = no_progress) -> MaskFit:
        """Return one mask a task and what is known of every annotator."""

    def aggregate(self, masks: IntoMasks, *, progress: Progress = no_progress) -> MaskResult:
        """Return the aggregated masks of ``masks``.

        Args:
            masks: A mapping of tasks to mappings of annotators to arrays, or a table (columns ``task,
                annotator, mask``, of arrays or nested lists). Values are true and false, or 1 and 0.
            progress: Called with (passes done, most passes).

        Raises:
            InputError: Columns or values are missing, an annotator answers a task twice, a mask holds something
                else, or the masks of a task have different shapes.
        """
        from palate.aggregation.masks._tables import code_masks, result_tables

        coded = code_masks(masks)
        return result_tables(self, coded, self.fit(coded, progress), masks)
