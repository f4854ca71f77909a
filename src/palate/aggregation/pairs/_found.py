"""What every aggregator of comparisons finds, in codes and as a ranking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from palate.aggregation._aggregator import Result
from palate.aggregation.pairs._coded import FloatArray
from palate.core.coding import IntArray

__all__ = ["Effect", "PairFit", "PairResult", "PairStart"]


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
class PairStart:
    """Where a method ended with most of the same comparisons, for it to go on from.

    Args:
        by_id: float64, shape (n_ids,): a number of each thing, NaN for those that are new.
        by_annotator: float64, shape (n_annotators, n_numbers): numbers of each annotator, likewise; None where the method
            has none.
        others: float64: what belongs to nobody, such as the weight of ties.
    """

    by_id: FloatArray
    by_annotator: FloatArray | None = None
    others: FloatArray = field(default_factory=lambda: np.zeros(0))


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
        queries: Columns ``query, item, score, low, high, comparisons``; None where the method has no scores by query.
        end: Where the method ended, for it to go on from; None where it need not.
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
    queries: pl.DataFrame | None = None
    end: PairStart | None = None


@dataclass(frozen=True, kw_only=True)
class PairResult(Result):
    """A ranking of what was compared. The frames are of the caller's own kind.

    Args:
        scores: Columns ``item, score, rank, comparisons, win_share`` and, where the method gives them,
            ``low, high`` (95%), ``low_rank, high_rank`` (95%) and ``component``; best first, within components where there are several.
            Equal scores share a rank.
        make_wins: Makes the table ``wins``.
        effects: Columns ``effect, value, low, high``: what moves comparisons besides the things compared, such
            as the side (``left``) and ``tie``; without rows where the method has none.
        queries: Columns ``query, item, score, low, high, comparisons``: scores in each query, relative to the mean of
            those compared in it, best first; None where the method has none.
        annotators: Columns ``annotator, comparisons`` and what the method found of each, such as
            ``reliability``.
    """

    scores: Any
    make_wins: Callable[[], Any] = field(repr=False)
    effects: Any
    annotators: Any
    queries: Any | None = None

    @cached_property
    def wins(self) -> Any:
        """How often each of two was preferred, one row an ordered pair that met; made when first asked for.

        Columns ``item, other, comparisons, wins, ties, win_share, probability`` and, where the method gives it,
        ``tie_probability``; ``win_share`` and ``probability``, the fitted one, count ties half.
        """
        return self.make_wins()
