"""Why an item is recommended: which of the user's own items speak for it, and for how much of its score."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray, encode_like
from palate.core.errors import SettingsError
from palate.recommend.base import CodedInteractions, FittedRecommender, ScoreArray

__all__ = ["best_first", "explain_runs", "no_reasons", "own_items"]


def explain_runs(
    fitted: FittedRecommender, interactions: CodedInteractions, runs: pl.DataFrame, most: int = 3
) -> pl.DataFrame:
    """Return why each row of a run is there: the user's own items that add most to its score.

    Args:
        fitted: A recommender fitted on ``interactions`` whose scores can be explained.
        interactions: What it learned from.
        runs: Rows of ``recommend_top`` or ``rank_candidates``: columns ``system, query, item, rank, score``.
        most: Own items a row; fewer where fewer add to the score.

    Returns:
        Columns ``system, query, item, rank, because, share``, best first: ``because`` is an own item, and
        ``share`` its part of all that speaks for the item (in a linear model own items may also speak
        against it). Rows that nothing speaks for, as those of a user without
        likes, are not there.

    Raises:
        PalateError: The recommender cannot say why.
        SettingsError: ``most`` is below 1.
    """
    if most < 1:
        raise SettingsError(f"'most' must be at least 1; it is {most}.")
    users = encode_like(runs["query"], interactions.user_ids)
    items = encode_like(runs["item"], interactions.item_ids)
    rows: list[npt.NDArray[np.int64]] = [np.empty(0, dtype=np.int64)]
    codes: list[IntArray] = [np.empty(0, dtype=np.int32)]
    shares: list[ScoreArray] = [np.empty(0)]
    for row, (user, item) in enumerate(zip(users.tolist(), items.tolist(), strict=True)):
        if item < 0:
            continue
        own, adds = fitted.explain(user, item)
        speaking = np.flatnonzero(adds > 0)[:most]
        rows.append(np.full(len(speaking), row))
        codes.append(own[speaking])
        shares.append(adds[speaking] / adds[adds > 0].sum())
    return runs[np.concatenate(rows)].select(
        "system",
        "query",
        "item",
        "rank",
        because=interactions.item_ids.gather(np.concatenate(codes)),
        share=pl.Series(np.concatenate(shares)),
    )


def own_items(likes: Any, user: int) -> IntArray:
    """Return the codes of the items that a user likes; ``likes`` is a matrix in rows."""
    own: IntArray = likes.indices[likes.indptr[user] : likes.indptr[user + 1]]
    return own


def best_first(own: IntArray, adds: ScoreArray) -> tuple[IntArray, ScoreArray]:
    """Return items that add something to a score, and what, the most first, equal ones by their codes."""
    order = np.lexsort((own, -adds))
    order = order[adds[order] != 0]
    return own[order], adds[order]


def no_reasons() -> tuple[IntArray, ScoreArray]:
    """Return what speaks for an item where nothing is known of the user."""
    return np.empty(0, dtype=np.int32), np.empty(0)
