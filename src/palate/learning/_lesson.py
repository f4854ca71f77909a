"""What trees are fitted to, and how good scores are on queries that they have not seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from palate.learning.base import FloatArray, IntArray, LearningData

__all__ = ["Gradients", "Lesson", "expected", "mean_ndcg"]

Gradients = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
"""From scores, shape (n_rows,), to the first and second derivatives of the loss by them."""


@dataclass(frozen=True)
class Lesson:
    """What one sum of trees is fitted to.

    Args:
        labels: float64, shape (n_rows,).
        parameters: LightGBM's own, the objective among them.
        quality: How good scores of these rows are; higher is better, NaN if these rows cannot tell.
        weights: float64, shape (n_rows,); None if all rows count alike.
        gradients: Of a loss that LightGBM does not have; None for its own.
    """

    labels: FloatArray
    parameters: dict[str, Any]
    quality: Callable[[FloatArray], float]
    weights: FloatArray | None = None
    gradients: Gradients | None = None


def expected(data: LearningData, value: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Return the posterior mean of a grade's ``value`` for each row; its value where there is no posterior."""
    if data.beliefs is None:
        return value(data.grades.astype(np.float64))
    return data.beliefs.shares @ value(data.beliefs.grades.astype(np.float64))


def mean_ndcg(scores: FloatArray, gains: FloatArray, group_sizes: IntArray, cutoff: int = 10) -> float:
    """Return the mean nDCG at ``cutoff`` over the queries with rows of different gains; NaN if there are none."""
    starts = np.cumsum(group_sizes) - group_sizes
    tell = np.maximum.reduceat(gains, starts) > np.minimum.reduceat(gains, starts)
    if not tell.any():
        return float("nan")
    reached = _dcg(scores, gains, group_sizes, cutoff)[tell]
    return float(np.mean(reached / _dcg(gains, gains, group_sizes, cutoff)[tell]))


def _dcg(scores: FloatArray, gains: FloatArray, group_sizes: IntArray, cutoff: int) -> FloatArray:
    queries = np.repeat(np.arange(len(group_sizes)), group_sizes)
    order = np.lexsort((-scores, queries))
    position = np.arange(len(queries)) - np.repeat(np.cumsum(group_sizes) - group_sizes, group_sizes)
    discounts = np.where(position < cutoff, 1.0 / np.log2(position + 2.0), 0.0)
    sums = np.bincount(queries, weights=gains[order] * discounts, minlength=len(group_sizes))
    return sums.astype(np.float64)
