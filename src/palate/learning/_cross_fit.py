"""Rank every query by a ranker that has not seen it, so that its judgments can still measure it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress
from palate.core.randomness import generator
from palate.learning._data import (
    FeatureRows,
    check_teachers,
    feature_rows,
    learning_data,
    ranked,
    score_rows,
)
from palate.learning.base import FittedRanker, LearningData, Ranker

__all__ = ["CrossFit", "cross_fit"]


@dataclass(frozen=True)
class CrossFit:
    """What cross-fitting found.

    Args:
        runs: Columns ``system, query, item, rank, score``: every row of the features, each query ranked by
            a ranker that learned from other queries only. Scores compare within a query, not across.
        folds: Columns ``query, fold``: the part, from 1, that each query is in.
        ranker: Fitted on all judgments; it has seen every judged query, so use it on new ones.
        judged_rows: How many rows of the features are judged and learned from.
        settings: The ranker's settings.
        notes: What a reader must know beside the numbers, as sentences.
        comparisons: How many comparisons are learned from.
    """

    runs: pl.DataFrame
    folds: pl.DataFrame
    ranker: FittedRanker
    judged_rows: int
    settings: Ranker
    notes: tuple[str, ...] = ()
    comparisons: int = 0


def cross_fit(
    ranker: Ranker,
    features: IntoTable,
    judgments: IntoTable | None,
    folds: int = 5,
    seed: int = 0,
    *,
    comparisons: IntoTable | None = None,
    lists: IntoTable | None = None,
    system: str = "reranked",
    progress: Progress = no_progress,
) -> CrossFit:
    """Split the queries into ``folds`` parts and rank each part by what the other parts teach.

    Rows that nobody judged are ranked but not learned from. Judgments of what is not in the features
    are not used. Parts hold equally many judged queries, give or take one.

    Args:
        ranker: How to learn.
        features: Columns ``query, item`` and features, such as ``feature_table`` returns.
        judgments: Columns ``query, item, grade``; whole grades from 0. The posterior, columns ``p_0, p_1, …`` (a
            grade each), or ``probability``, that the grade is right, are learned from as the ranker's settings say. None to learn
            from comparisons alone.
        folds: How many parts, at least 2.
        seed: For the parts and for learning.
        comparisons: Columns ``query, left, right, label`` of items, and maybe ``probability``, that the label is right; for
            rankers that take them. Several of one pair count as often as they are there.
        lists: Runs of the systems that ``left`` and ``right`` name, where lists were compared; their first 10 ranks count.
        system: What to call the result in the runs.
        progress: Called with (rankers fitted, rankers to fit).

    Raises:
        InputError: A table is not as said, or fewer queries are judged than there are folds.
        SettingsError: ``folds`` is below 2, or the ranker takes no comparisons.
    """
    if folds < 2:
        raise SettingsError(f"'folds' must be at least 2; it is {folds}.")
    check_teachers(ranker, judgments, comparisons)
    rows = feature_rows(features, judgments, comparisons, lists)
    fold_of_query = _folds(rows, folds, seed)
    fold_of_row = fold_of_query[rows.queries]
    scores = np.empty(len(rows.queries))
    for fold in range(folds):
        held_out = fold_of_row == fold
        fitted = ranker.fit(learning_data(rows, ~held_out), seed)
        scores[held_out] = score_rows(fitted, rows)[held_out]
        progress(fold + 1, folds + 1)
    everything = np.ones(len(rows.queries), dtype=np.bool_)
    final = ranker.fit(learning_data(rows, everything), seed)
    progress(folds + 1, folds + 1)
    queries = rows.pairs["query"].unique(maintain_order=True)
    return CrossFit(
        runs=ranked(rows, scores, system),
        folds=pl.DataFrame({"query": queries, "fold": fold_of_query + 1}),
        ranker=final,
        judged_rows=int((rows.grades >= 0).sum()),
        settings=ranker,
        notes=(*_comparison_notes(rows), *_notes(ranker, learning_data(rows, everything))),
        comparisons=0 if rows.preferences is None else len(rows.preferences.left),
    )


def _comparison_notes(rows: FeatureRows) -> tuple[str, ...]:
    if not rows.left_out or rows.preferences is None:
        return ()
    count = rows.left_out + len(rows.preferences.left)
    return (
        f"{rows.left_out:,} of {count:,} comparisons teach nothing: their items have no features, or both sides are the same.",
    )


def _notes(ranker: Ranker, data: LearningData) -> tuple[str, ...]:
    """Say how many queries an objective of orders learns nothing from."""
    if not ranker.teaches_by_order or data.preferences is not None:
        return ()
    starts = np.cumsum(data.group_sizes) - data.group_sizes
    same = np.maximum.reduceat(data.grades, starts) == np.minimum.reduceat(data.grades, starts)
    if data.beliefs is not None:
        same = data.group_sizes == 1
    if not same.any():
        return ()
    why = (
        "a single judged item" if data.beliefs is not None else "a single judged item or one grade throughout"
    )
    note = (
        f"{same.sum():,} of the {len(same):,} judged queries have {why}, so that they teach no order;"
        " the objectives regression and ordinal use them."
    )
    return (note,)


def _folds(rows: FeatureRows, folds: int, seed: int) -> npt.NDArray[np.int64]:
    """Return the fold, from 0, of every query: judged queries are dealt out in random order, then the others."""
    count = int(rows.queries[-1]) + 1
    judged = np.bincount(rows.queries, weights=rows.taught, minlength=count) > 0
    if judged.sum() < folds:
        raise InputError(
            f"{folds} folds need at least {folds} judged queries; {judged.sum()} of the {count} queries here are"
            " judged. Lower the number of folds or judge more queries.",
            where="judgments",
        )
    order = generator(seed, "learn", "folds").permutation(count)
    order = order[np.argsort(~judged[order], kind="stable")]
    fold = np.empty(count, dtype=np.int64)
    fold[order] = np.arange(count) % folds
    return fold
