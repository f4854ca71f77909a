"""PageRank: a walk from the beaten to those that beat them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.aggregation.pairs._pair_counts import connected_groups
from palate.aggregation.pairs.base import CodedComparisons, FloatArray, PairAggregator, PairFit, PairStart
from palate.core.errors import SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_counts, check_positive

__all__ = ["PageRank"]


@dataclass(frozen=True)
class PageRank(PairAggregator):
    """Where a walk spends its time that goes from the beaten to those that beat them. Brin and Page, 1998.

    From a thing the walk goes on to what was preferred to it, in proportion to how often, ties counted half both
    ways; with the probability 1 - ``damping``, and from what was never beaten, it goes on anywhere. Scores sum to
    1. The probability of a pair is its scores' share, which no model stands behind.

    Args:
        damping: How often the walk follows comparisons; from 0 to below 1.
        tolerance: Stop when the shares of time move by no more than this in sum.
        max_iter: Most steps.

    >>> import polars as pl
    >>> comparisons = pl.DataFrame({"left": ["A"], "right": ["B"], "label": ["left"]})
    >>> PageRank(damping=0.5).aggregate(comparisons).scores.select("item", pl.col("score").round(3)).rows()
    [('A', 0.6), ('B', 0.4)]
    """

    goes_on: ClassVar[bool] = True

    damping: float = 0.85
    tolerance: float = 1e-12
    max_iter: int = 1000

    def __post_init__(self) -> None:
        if not 0 <= self.damping < 1:
            raise SettingsError(f"'damping' must be from 0 to below 1; it is {self.damping}.")
        check_positive(tolerance=self.tolerance)
        check_counts(max_iter=self.max_iter)

    def fit(self, comparisons: CodedComparisons, progress: Progress = no_progress) -> PairFit:
        """Return the share of time at each thing."""
        n_ids = len(comparisons.ids)
        return self._walked(comparisons, np.full(n_ids, 1 / n_ids), progress)

    def fit_from(
        self, comparisons: CodedComparisons, start: PairStart, progress: Progress = no_progress
    ) -> PairFit:
        """Return what ``fit`` does in fewer steps, from the shares of time that were found before."""
        begin = np.where(np.isnan(start.by_id), 1 / len(start.by_id), start.by_id)
        return self._walked(comparisons, begin / begin.sum(), progress)

    def _walked(self, comparisons: CodedComparisons, time: FloatArray, progress: Progress) -> PairFit:
        from scipy.sparse import csr_array

        pairs, n_ids = comparisons.pairs, len(comparisons.ids)
        beaten, better = np.append(pairs.first, pairs.second), np.append(pairs.second, pairs.first)
        weight = np.append(pairs.second_wins, pairs.first_wins) + np.tile(pairs.ties / 2, 2)
        leaving = np.bincount(beaten, weight, n_ids)
        unbeaten = leaving == 0
        share = weight / np.where(unbeaten, 1.0, leaving)[beaten]
        into = csr_array((share, (better, beaten)), shape=(n_ids, n_ids))
        converged, done = False, 0
        while not converged and done < self.max_iter:
            follows = into @ time + time[unbeaten].sum() / n_ids
            further = self.damping * follows + (1 - self.damping) / n_ids
            done, converged = done + 1, float(np.abs(further - time).sum()) <= self.tolerance
            time = further
            progress(done, self.max_iter)
        first, second = time[pairs.first], time[pairs.second]
        return PairFit(
            scores=time,
            win_probability=first / (first + second),
            components=connected_groups(pairs.first, pairs.second, n_ids),
            converged=converged,
            iterations=done,
            end=PairStart(time),
        )
