"""Rankings as flat arrays: what every aggregator of them takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray
from palate.core.errors import InputError

__all__ = ["CodedRankings", "FloatArray", "Unranked"]

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
