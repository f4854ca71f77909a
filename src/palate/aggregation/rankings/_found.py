"""What every aggregator of rankings finds, in codes and as rankings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from palate.aggregation._aggregator import Result
from palate.aggregation.rankings._coded import FloatArray
from palate.core.coding import IntArray

__all__ = ["RankingFit", "RankingResult"]


@dataclass(frozen=True)
class RankingFit:
    """What an aggregator found, in codes.

    Args:
        scores: float64, shape (n_candidates,); higher is better, equal scores share a rank.
        components: int32, shape (n_candidates,): within each group, which of the sets of candidates linked by
            rankings it belongs to, numbered from 1, the largest first; scores of different ones cannot be
            compared. None where the method compares all.
        low: float64, shape (n_candidates,): lower 95% confidence bounds of the scores, NaN where nothing is known; None
            where the method gives none.
        high: Likewise, upper bounds.
        low_rank: int32, likewise: the best rank that may be true.
        high_rank: Likewise, the worst.
        per_task: Further columns of the result's ``tasks``, float64, shape (n_groups,).
        converged: Whether the method settled.
        iterations: How many passes it made.
        log_likelihood: What it maximized, one value an iteration; empty where there is none.
    """

    scores: FloatArray
    components: IntArray | None = None
    per_task: Mapping[str, FloatArray] = field(default_factory=dict)
    converged: bool = True
    iterations: int = 1
    log_likelihood: tuple[float, ...] = ()
    low: FloatArray | None = None
    high: FloatArray | None = None
    low_rank: IntArray | None = None
    high_rank: IntArray | None = None


@dataclass(frozen=True, kw_only=True)
class RankingResult(Result):
    """Aggregated rankings. The frames are of the caller's own kind.

    Args:
        rankings: Columns ``task, item, rank, score, answers`` (how many annotators ranked the item) and, where
            the method gives them, ``component`` and ``low, high`` (95%), ``low_rank, high_rank`` (95%); best first within each task and component. Without ``task``
            where all tasks gave one ranking.
        annotators: Columns ``annotator, rankings, pairs, agreement``: of the pairs of items that the annotator
            put in order, how many there are and which share is in the same order in the result; equal
            scores count half. The share of no pairs is missing.
        tasks: Columns ``task, rankings, items`` and what else the method finds a task.
    """

    rankings: Any
    annotators: Any
    tasks: Any
