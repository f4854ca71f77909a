"""What every aggregator of masks finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from palate.aggregation._aggregator import Result
from palate.aggregation.masks._coded import BoolArray, FloatArray

__all__ = ["MaskFit", "MaskResult"]


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


@dataclass(frozen=True, kw_only=True)
class MaskResult(Result):
    """Aggregated masks.

    Args:
        masks: The mask of every task: arrays of true and false of the task's shape, by task id.
        annotators: Columns ``annotator, answers, overlap`` (mean, over their answers, of the intersection of
            their mask and the result divided by the union; 1 where both are empty) and what else the method
            finds; a frame of the caller's own kind, polars for a mapping.
    """

    masks: Mapping[Any, BoolArray]
    annotators: Any
