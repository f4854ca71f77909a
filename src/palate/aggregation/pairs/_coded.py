"""Comparisons as flat arrays: what every aggregator of them takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation.pairs._pair_counts import PairCounts, count_pairs
from palate.core.coding import IntArray

__all__ = ["CodedComparisons", "FloatArray"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class CodedComparisons:
    """Comparisons as flat arrays.

    Args:
        left: int32, shape (n_comparisons,): code of what was shown on the left.
        right: int32, likewise.
        outcome: int8, shape (n_comparisons,): 1 left preferred, -1 right preferred, 0 tie.
        annotators: int32, likewise; -1 where the table names none.
        ids: The compared things' own ids, sorted; they may be items or systems.
        annotator_ids: The annotators' own ids, sorted; empty where the table names none.
        table: All columns as they came, for methods that need more of them.
        counted: How often each of two that met was preferred, where it has been counted before.
    """

    left: IntArray
    right: IntArray
    outcome: npt.NDArray[np.int8]
    annotators: IntArray
    ids: pl.Series
    annotator_ids: pl.Series
    table: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)
    counted: PairCounts | None = field(default=None, repr=False)

    @cached_property
    def pairs(self) -> PairCounts:
        """How often each of two that met was preferred."""
        if self.counted is not None:
            return self.counted
        return count_pairs(self.left, self.right, self.outcome, len(self.ids))
