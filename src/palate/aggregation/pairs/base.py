"""What every aggregator of comparisons takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation.pairs._pair_counts import PairCounts, count_pairs
from palate.core.coding import IntArray
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress

__all__ = ["CodedComparisons", "Effect", "PairAggregator", "PairFit", "PairResult"]

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
    """

    left: IntArray
    right: IntArray
    outcome: npt.NDArray[np.int8]
    annotators: IntArray
    ids: pl.Series
    annotator_ids: pl.Series
    table: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)

    @cached_property
    def pairs(self) -> PairCounts:
        """How often each of two that met was preferred."""
        return count_pairs(self.left, self.right, self.outcome, len(self.ids))


@dataclass(frozen=True)
class Effect:
    """What moves comparisons besides the things compared.

    Args:
        name: ``left`` (being shown there), ``tie``, or a covariate.
        value: Its parameter in the method's model.
        low: Lower 95% confidence bound; None where the method gives none.
        high: Upper 95% confidence bound; likewise.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None


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
        low_rank: int32, shape (n_ids,): the best rank each may have within its component, with 95% confidence;
            None where the method gives none.
        high_rank: The worst; likewise.
        components: int32, shape (n_ids,): which connected group of the comparison graph each belongs to,
            numbered from 1, the largest first; scores of different groups cannot be compared. None where
            the method compares all.
        effects: What moves comparisons besides the things compared; empty where the method has none.
        annotators: float64, shape (n_annotators,), by name: what the method found of each annotator.
        converged: Whether the method settled.
        iterations: How many passes it made.
        log_likelihood: What it maximized, one value an iteration.
    """

    scores: FloatArray
    win_probability: FloatArray
    tie_probability: FloatArray | None = None
    low: FloatArray | None = None
    high: FloatArray | None = None
    low_rank: IntArray | None = None
    high_rank: IntArray | None = None
    components: IntArray | None = None
    effects: tuple[Effect, ...] = ()
    annotators: Mapping[str, FloatArray] = field(default_factory=dict)
    converged: bool = True
    iterations: int = 1
    log_likelihood: tuple[float, ...] = ()


@dataclass(frozen=True)
class PairResult:
    """A ranking of what was compared. The frames are of the caller's own kind.

    Args:
        scores: Columns ``item, score, rank, comparisons, win_share`` and, where the method gives them,
            ``low, high`` (95%), ``low_rank, high_rank`` (95%) and ``component``; best first, within components where there are several.
            Equal scores share a rank.
        make_wins: Makes the table ``wins``.
        effects: Columns ``effect, value, low, high``: what moves comparisons besides the things compared, such
            as the side (``left``) and ``tie``; without rows where the method has none.
        annotators: Columns ``annotator, comparisons`` and what the method found of each, such as
            ``reliability``.
        converged: Whether the method settled.
        iterations: How many passes it made.
        log_likelihood: What it maximized, one value an iteration.
        settings: The aggregator itself.
    """

    scores: Any
    make_wins: Callable[[], Any] = field(repr=False)
    effects: Any
    annotators: Any
    converged: bool
    iterations: int
    log_likelihood: tuple[float, ...]
    settings: PairAggregator = field(repr=False)

    @cached_property
    def wins(self) -> Any:
        """How often each of two was preferred, one row an ordered pair that met; made when first asked for.

        Columns ``item, other, comparisons, wins, ties, win_share, probability`` and, where the method gives it,
        ``tie_probability``; ``win_share`` and ``probability``, the fitted one, count ties half.
        """
        return self.make_wins()


@dataclass(frozen=True)
class PairAggregator(ABC):
    """Settings of one way to turn comparisons into a ranking."""

    depends_on_order: ClassVar[bool] = False
    """Whether the order of the comparisons shows in the result."""

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
