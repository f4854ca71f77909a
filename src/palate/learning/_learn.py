"""Learn a ranker from all judgments, keep it, and rank with it later."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress
from palate.learning._data import check_teachers, feature_rows, learning_data, ranked, score_rows
from palate.learning._features import feature_table
from palate.learning._past_features import PAST_FEATURES
from palate.learning._text_features import TEXT_FEATURES, Embedding, sentence_embedding
from palate.learning.base import FittedRanker, Ranker

__all__ = ["features_for", "learn", "rerank"]


def learn(
    ranker: Ranker,
    features: IntoTable,
    judgments: IntoTable | None,
    seed: int = 0,
    *,
    comparisons: IntoTable | None = None,
    lists: IntoTable | None = None,
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
        comparisons: What people preferred, as :func:`cross_fit` takes it.
        lists: The lists that were compared, as :func:`cross_fit` takes them.
        path: Where to save it; ``ranker.load(path)`` brings it back.
        progress: Called with (steps done, steps of learning).

    Raises:
        InputError: A table is not as said.
        SettingsError: The ranker takes no comparisons.
        OutputError: The file cannot be written.
    """
    check_teachers(ranker, judgments, comparisons)
    rows = feature_rows(features, judgments, comparisons, lists)
    fitted = ranker.fit(learning_data(rows, np.ones(len(rows.queries), dtype=np.bool_)), seed, progress)
    if path is not None:
        fitted.save(Path(path))
    return fitted


def features_for(
    ranker: FittedRanker,
    runs: IntoTable,
    interactions: IntoTable | None = None,
    *,
    items: IntoTable | None = None,
    queries: IntoTable | None = None,
    own: IntoTable | None = None,
    embedding: Embedding | None = None,
) -> pl.DataFrame:
    """Return the features that a ranker learned from, for new runs: :func:`feature_table` with what it needs.

    Args:
        ranker: One that has learned.
        runs: As of :func:`feature_table`, and so all others.
        interactions: Past interactions.
        items: The table of items.
        queries: The table of queries, or of users.
        own: Features of one's own.
        embedding: From texts to vectors; by default, where the ranker needs one, :func:`sentence_embedding`.

    Raises:
        InputError: A table is not as said.
        PalateError: The ranker needs the sentence model and it is not installed.
    """
    needed = set(ranker.names)
    kinds = [kind for kind, features in PAST_FEATURES.items() if needed & features.keys()]
    if embedding is None and any(name in needed for name in TEXT_FEATURES if name.startswith("embedding")):
        embedding = sentence_embedding()
    return feature_table(
        runs,
        interactions if kinds or needed & TEXT_FEATURES.keys() else None,
        past=kinds,
        items=items,
        queries=queries,
        own=own,
        embedding=embedding,
        names=ranker.names,
    )


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
