"""Elo: ratings that move after every comparison."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from palate.aggregation.pairs._pair_counts import connected_groups
from palate.aggregation.pairs._reliability import logistic
from palate.aggregation.pairs.base import CodedComparisons, FloatArray, PairAggregator, PairFit
from palate.core.errors import SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.randomness import generator
from palate.core.resampling import check_resampling, tail_count
from palate.core.settings import check_positive

__all__ = ["Elo"]

_SCALE = 400 / math.log(10)
"""Points for odds of e: ten times the odds are 400 points."""


@dataclass(frozen=True)
class Elo(PairAggregator):
    """Ratings as of chess players, Elo, 1978: the sum of surprises, each ``k_factor`` points at most.

    Ratings depend on the order of comparisons: what came last weighs most. That is meant where things change; where
    they do not, it is noise, so the score is the mean over ``orders`` random orders. With ``orders=0`` it is the
    rating after the table's own order. A tie is half a win.

    Args:
        k_factor: Points that a complete surprise moves.
        initial: Points that everything begins with.
        orders: How many random orders to go through; 0 for the table's own.
        resamples: How many samples of the comparisons, drawn with replacement and gone through in random order,
            the 95% intervals are taken from; 0 for no intervals. They hold what order and sample do to one pass.
        seed: For orders and samples.

    >>> import polars as pl
    >>> comparisons = pl.DataFrame({"left": ["A"], "right": ["B"], "label": ["left"]})
    >>> Elo(k_factor=32).aggregate(comparisons).scores.select("item", "score").rows()
    [('A', 1516.0), ('B', 1484.0)]
    """

    depends_on_order: ClassVar[bool] = True

    k_factor: float = 4.0
    initial: float = 1500.0
    orders: int = 20
    resamples: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        check_positive(k_factor=self.k_factor)
        if not np.isfinite(self.initial):
            raise SettingsError(f"'initial' must be a number; it is {self.initial}.")
        if self.orders < 0:
            raise SettingsError(f"'orders' must be from 0 on; it is {self.orders}.")
        if self.resamples:
            check_resampling(self.resamples, 0.95)

    def fit(self, comparisons: CodedComparisons, progress: Progress = no_progress) -> PairFit:
        """Return ratings and the probabilities they stand for."""
        n_rows, n_ids = len(comparisons.left), len(comparisons.ids)
        total = max(self.orders, 1) + self.resamples
        points = np.zeros(n_ids)
        rng = generator(self.seed, "elo", "orders")
        for done in range(max(self.orders, 1)):
            points += self._rate(comparisons, rng.permutation(n_rows) if self.orders else np.arange(n_rows))
            progress(done + 1, total)
        points /= max(self.orders, 1)
        low = high = None
        if self.resamples:
            rng = generator(self.seed, "elo", "bootstrap")
            drawn = np.empty((self.resamples, n_ids))
            for sample in range(self.resamples):
                drawn[sample] = self._rate(comparisons, rng.integers(0, n_rows, n_rows))
                progress(max(self.orders, 1) + sample + 1, total)
            outside = tail_count(self.resamples, 0.95)
            drawn.partition((outside - 1, self.resamples - outside), axis=0)
            # One pass, as the samples are, may leave a mean of many outside where all but noise agrees.
            low = np.minimum(drawn[outside - 1], points)
            high = np.maximum(drawn[-outside], points)
        pairs = comparisons.pairs
        return PairFit(
            scores=points,
            win_probability=logistic((points[pairs.first] - points[pairs.second]) / _SCALE),
            low=low,
            high=high,
            components=connected_groups(pairs.first, pairs.second, n_ids),
        )

    def _rate(self, comparisons: CodedComparisons, order: npt.NDArray[np.int64]) -> FloatArray:
        """Return the ratings after the comparisons in this order."""
        from palate.aggregation.pairs._turns_kernel import elo_pass

        ratings = np.zeros(len(comparisons.ids))
        step = self.k_factor / _SCALE
        elo_pass(order, comparisons.left, comparisons.right, comparisons.outcome, step, ratings)
        points: FloatArray = self.initial + _SCALE * ratings
        return points
