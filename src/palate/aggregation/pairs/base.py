"""What every aggregator of comparisons takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation.pairs._pair_counts import PairCounts, count_pairs
from palate.core.coding import IntArray
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress

__all__ = ["CodedComparisons", "PairAggregator", "PairFit", "PairResult"]

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
    """

    left: IntArray
    right: IntArray
    outcome: npt.NDArray[np.int8]
    annotators: IntArray
    ids: pl.Series
    annotator_ids: pl.Series

    @cached_property
    def pairs(self) -> PairCounts:
        """How often each of two that met was preferred."""
        return count_pairs(self.left, self.right, self.outcome, len(self.ids))


@dataclass(frozen=True)
class PairFit:
    """What an aggregator found, in codes. Pairs are those of ``CodedComparisons.pairs``, in their order.

    Args:
        scores: float64, shape (n_ids,); higher is more preferred.
        win_probability: float64, shape (n_pairs,): probability that the first is preferred to the second,
            ties counted half.
        tie_probability: float64, likewise: probability of a tie; None where the method has none.
        low: Lower 95% confidence bound of each score; None where the method gives none.
        high: Upper 95% confidence bound; likewise.
        components: int32, shape (n_ids,): which connected group of the comparison graph each belongs to,
            numbered from 1, the largest first; scores of different groups cannot be compared. None where
            the method compares all.
        converged: Whether the method settled.
        iterations: How many passes it made.
        log_likelihood: What it maximized, one value an iteration.
    """

    scores: FloatArray
    win_probability: FloatArray
    tie_probability: FloatArray | None = None
    low: FloatArray | None = None
    high: FloatArray | None = None
    components: IntArray | None = None
    converged: bool = True
    iterations: int = 1
    log_likelihood: tuple[float, ...] = ()


@dataclass(frozen=True)
class PairResult:
    """A ranking of what was compared. The frames are of the caller's own kind.

    Args:
        scores: Columns ``item, score, rank, comparisons, win_share`` and, where the method gives them,
            ``low, high`` (95%) and ``component``; best first, within components where there are several.
            Equal scores share a rank.
        wins: Columns ``item, other, comparisons, wins, ties, win_share, probability`` and, where the method
            gives it, ``tie_probability``: one row an ordered pair that met; ``win_share`` and
            ``probability``, the fitted one, count ties half.
        converged: Whether the method settled.
        iterations: How many passes it made.
        log_likelihood: What it maximized, one value an iteration.
        settings: The aggregator itself.
    """

    scores: Any
    wins: Any
    converged: bool
    iterations: int
    log_likelihood: tuple[float, ...]
    settings: PairAggregator = field(repr=False)


@dataclass(frozen=True)
class PairAggregator(ABC):
    """Settings of one way to turn comparisons into a ranking."""

    @abstractmethod
    def fit(self, comparisons: CodedComparisons, progress: Progress = no_progress) -> PairFit:
        """Return the score of everything that was compared."""

    def aggregate(self, comparisons: IntoTable, *, progress: Progress = no_progress) -> PairResult:
        """Return the ranking of ``comparisons`` (columns ``left, right, label``, optionally ``annotator``).

        ``label`` is ``left``, ``right`` or ``tie`` (also ``draw``, ``same`` or ``equal``; capitals do not
        matter), or the preferred one itself.

        Raises:
            InputError: Columns or values are missing, a label is none of these, or a thing is compared
                with itself.
        """
        from palate.aggregation.pairs._tables import code_comparisons, result_tables

        coded = code_comparisons(comparisons)
        return result_tables(self, coded, self.fit(coded, progress), comparisons)
