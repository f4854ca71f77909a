"""What every aggregator of rankings takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray
from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress

__all__ = ["CodedRankings", "RankingAggregator", "RankingFit", "RankingResult", "Unranked"]

FloatArray = npt.NDArray[np.float64]
Unranked = Literal["unseen", "last"]


@dataclass(frozen=True)
class CodedRankings:
    """Rankings as flat arrays, sorted by group, annotator and task; within each, best first.

    A *group* is what gets one aggregated ranking: a task, or everything together. A *candidate* is an item
    within a group; candidates are numbered by group, then item.

    Args:
        offsets: int64, shape (n_rankings + 1,); ranking r holds places ``offsets[r]:offsets[r + 1]``.
        candidates: int32, shape (n_places,): which candidate is there.
        levels: int32, shape (n_places,): 0 for the best of the ranking; what the annotator tied shares one.
        listed: bool, shape (n_places,): whether the annotator ranked it; what was left out and counts as
            last is not, and shares the last level.
        annotators: int32, shape (n_rankings,).
        candidate_offsets: int64, shape (n_groups + 1,): where the candidates of each group begin.
        items: int32, shape (n_candidates,): the item's code.
        task_ids: The tasks' own ids, sorted, one a group; None where all tasks are one group.
        item_ids: The items' own ids, sorted.
        annotator_ids: The annotators' own ids, sorted.
    """

    offsets: npt.NDArray[np.int64]
    candidates: IntArray
    levels: IntArray
    listed: npt.NDArray[np.bool_]
    annotators: IntArray
    candidate_offsets: npt.NDArray[np.int64]
    items: IntArray
    task_ids: pl.Series | None
    item_ids: pl.Series
    annotator_ids: pl.Series

    @property
    def n_groups(self) -> int:
        """How many aggregated rankings there will be."""
        return len(self.candidate_offsets) - 1

    @cached_property
    def group_of_candidate(self) -> IntArray:
        """The group of every candidate: int32, shape (n_candidates,)."""
        return np.repeat(np.arange(self.n_groups, dtype=np.int32), np.diff(self.candidate_offsets))

    @cached_property
    def group_of_ranking(self) -> IntArray:
        """The group of every ranking: int32, shape (n_rankings,)."""
        return self.group_of_candidate[self.candidates[self.offsets[:-1]]]

    def refuse_ties(self, method: str) -> None:
        """Raise if an annotator gave two items the same rank.

        Raises:
            InputError: The text names the first such pair and the annotator.
        """
        same = (np.diff(self.levels) == 0) & self.listed[1:] & self.listed[:-1]
        same[self.offsets[1:-1] - 1] = False
        if not same.any():
            return
        place = int(same.argmax())
        ranking = int(np.searchsorted(self.offsets, place, side="right")) - 1
        annotator = self.annotator_ids[int(self.annotators[ranking])]
        first, second = (self.item_ids[int(self.items[c])] for c in self.candidates[place : place + 2])
        task = (
            ""
            if self.task_ids is None
            else f" of task {self.task_ids[int(self.group_of_ranking[ranking])]!r}"
        )
        raise InputError(
            f"{method} takes no ties: annotator {annotator!r} gave the items {first!r} and {second!r}{task} the"
            " same rank. Give them different ranks, or choose borda or kemeny.",
            where="rankings",
            column="rank",
        )


@dataclass(frozen=True)
class RankingFit:
    """What an aggregator found, in codes.

    Args:
        scores: float64, shape (n_candidates,); higher is better, equal scores share a rank.
        components: int32, shape (n_candidates,): within each group, which of the sets of candidates linked by
            rankings it belongs to, numbered from 1, the largest first; scores of different ones cannot be
            compared. None where the method compares all.
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


@dataclass(frozen=True)
class RankingResult:
    """Aggregated rankings. The frames are of the caller's own kind.

    Args:
        rankings: Columns ``task, item, rank, score, answers`` (how many annotators ranked the item) and, where
            the method gives it, ``component``; best first within each task and component. Without ``task``
            where all tasks gave one ranking.
        annotators: Columns ``annotator, rankings, pairs, agreement``: of the pairs of items that the annotator
            put in order, how many there are and which share is in the same order in the result; equal
            scores count half. The share of no pairs is missing.
        tasks: Columns ``task, rankings, items`` and what else the method finds a task.
        converged: Whether the method settled.
        iterations: How many passes it made.
        log_likelihood: What it maximized, one value an iteration.
        settings: The aggregator itself.
    """

    rankings: Any
    annotators: Any
    tasks: Any
    converged: bool
    iterations: int
    log_likelihood: tuple[float, ...]
    settings: RankingAggregator = field(repr=False)


@dataclass(frozen=True)
class RankingAggregator(ABC):
    """Settings of one way to turn rankings of many into one.

    Args:
        by_task: Whether each task gets a ranking of its own, rather than all together one.
        unranked: What it means that an annotator left out an item that others ranked in the same task:
            ``unseen`` (it says nothing), or ``last`` (it was seen and is worse than all they ranked, as in
            top-1 and top-10 answers).
    """

    by_task: bool = True
    unranked: Unranked = "unseen"

    def __post_init__(self) -> None:
        if self.unranked not in get_args(Unranked):
            raise SettingsError(
                f"'unranked' must be one of {', '.join(get_args(Unranked))}; it is {self.unranked!r}."
            )

    @abstractmethod
    def fit(self, rankings: CodedRankings, progress: Progress = no_progress) -> RankingFit:
        """Return the score of every candidate."""

    def aggregate(self, rankings: IntoTable, *, progress: Progress = no_progress) -> RankingResult:
        """Return the aggregated rankings of ``rankings`` (columns ``task, annotator, item, rank``).

        Only the order of an annotator's ranks matters: 1, 2, 3 says the same as 1, 5, 9.

        Raises:
            InputError: Columns or values are missing, an annotator ranks an item of a task twice, or no ranking
                puts one item above another.
        """
        from palate.aggregation.rankings._tables import code_rankings, result_tables

        coded = code_rankings(rankings, by_task=self.by_task, unranked=self.unranked)
        return result_tables(self, coded, self.fit(coded, progress), rankings)
