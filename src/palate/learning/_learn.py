"""Learn a ranker from all judgments, keep it, and rank with it later."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress
from palate.learning._data import feature_rows, learning_data, ranked, score_rows
from palate.learning.base import FittedRanker, Ranker

__all__ = ["learn", "rerank"]


def learn(
    ranker: Ranker,
    features: IntoTable,
    judgments: IntoTable,
    seed: int = 0,
    *,
    path: str | Path | None = None,
    progress: Progress = no_progress,
) -> FittedRanker:
    """Return a ranker fitted on every judged row; use :func:`cross_fit` to measure how good such a one is.

    Args:
        ranker: How to learn.
        features: Columns ``query, item`` and features, such as ``feature_table`` returns.
        judgments: Columns ``query, item, grade``; whole grades from 0; and ``p_0, p_1, …`` or ``probability``, as
            :func:`cross_fit` takes them.
        seed: For learning.
        path: Where to save it; ``ranker.load(path)`` brings it back.
        progress: Called with (steps done, steps of learning).

    Raises:
        InputError: A table is not as said.
        OutputError: The file cannot be written.
    """
    rows = feature_rows(features, judgments)
    fitted = ranker.fit(learning_data(rows, np.ones(len(rows.queries), dtype=np.bool_)), seed, progress)
    if path is not None:
        fitted.save(Path(path))
    return fitted


def rerank(ranker: FittedRanker, features: IntoTable, system: str = "reranked") -> pl.DataFrame:
    """Return runs ``system, query, item, rank, score`` of every row, each query best first.

    Args:
        ranker: One that has learned.
        features: Columns ``query, item`` and the features it learned from, in any order.
        system: What to call it in the runs.

    Raises:
        InputError: The table is not as said, or lacks a feature.
    """
    rows = feature_rows(features)
    return ranked(rows, score_rows(ranker, rows), system)
