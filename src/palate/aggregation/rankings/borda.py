"""Borda's count: the share of the others that an item was put above."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.aggregation.rankings._ordered_pairs import blocks
from palate.aggregation.rankings.base import CodedRankings, FloatArray, RankingAggregator, RankingFit
from palate.core.coding import IntArray
from palate.core.progress import Progress, no_progress

__all__ = ["Borda"]

_UNKNOWN = 0.5


@dataclass(frozen=True)
class Borda(RankingAggregator):
    """Mean, over the rankings an item is in, of the share of the other items it was put above. Borda, 1781.

    Ties count half. For rankings of the same items this is Borda's count divided by its maximum; the share lets
    rankings of different lengths be averaged. A ranking of one item says nothing; an item that is in no other
    gets 0.5.

    >>> import polars as pl
    >>> rankings = pl.DataFrame({"task": [1, 1, 1], "annotator": ["a", "a", "a"], "item": ["x", "y", "z"],
    ...                          "rank": [2, 1, 3]})
    >>> Borda().aggregate(rankings).rankings.select("item", "score").rows()
    [('y', 1.0), ('x', 0.5), ('z', 0.0)]
    """

    def fit(self, rankings: CodedRankings, progress: Progress = no_progress) -> RankingFit:
        """Return the mean share of others below each candidate."""
        n_candidates = len(rankings.items)
        points, times = np.zeros(n_candidates), np.zeros(n_candidates)
        for _, places in blocks(rankings):
            length = places.shape[1]
            if length == 1:
                continue
            candidates = rankings.candidates[places].ravel()
            shares = _number_below(rankings.levels[places]) / (length - 1)
            points += np.bincount(candidates, weights=shares.ravel(), minlength=n_candidates)
            times += np.bincount(candidates, minlength=n_candidates)
        progress(1, 1)
        return RankingFit(np.divide(points, times, out=np.full(n_candidates, _UNKNOWN), where=times > 0))


def _number_below(levels: IntArray) -> FloatArray:
    """Return how many of its ranking stand below each place, ties counted half; rows are sorted."""
    length = levels.shape[1]
    places = np.broadcast_to(np.arange(length), levels.shape)
    step = np.diff(levels, axis=1) > 0
    edge = np.ones((len(levels), 1), dtype=np.bool_)
    first = np.maximum.accumulate(np.where(np.hstack([edge, step]), places, 0), axis=1)
    last = np.where(np.hstack([step, edge]), places, length)
    last = np.minimum.accumulate(last[:, ::-1], axis=1)[:, ::-1]
    below: FloatArray = length - 1 - (first + last) / 2
    return below
