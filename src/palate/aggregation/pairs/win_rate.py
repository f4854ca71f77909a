"""Win rate: the share of its comparisons in which a thing was preferred."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.aggregation.pairs._pair_counts import connected_groups
from palate.aggregation.pairs.base import CodedComparisons, PairAggregator, PairFit
from palate.core.progress import Progress, no_progress

__all__ = ["WinRate"]

_NORMAL_95 = 1.959963984540054
"""97.5% quantile of the normal distribution."""


@dataclass(frozen=True)
class WinRate(PairAggregator):
    """Share of comparisons won, ties counted half; it does not ask how strong the others were.

    The probability of a pair is its own share. Intervals are Wilson's, 1927, with ties as half a win and half a
    loss; they take comparisons as independent.

    >>> import polars as pl
    >>> comparisons = pl.DataFrame({"left": ["A", "A"], "right": ["B", "B"], "label": ["left", "tie"]})
    >>> WinRate().aggregate(comparisons).scores.select("item", "score").rows()
    [('A', 0.75), ('B', 0.25)]
    """

    goes_on: ClassVar[bool] = True

    def fit(self, comparisons: CodedComparisons, progress: Progress = no_progress) -> PairFit:
        """Return the share of comparisons that each thing won."""
        pairs, n_ids = comparisons.pairs, len(comparisons.ids)
        ids = np.concatenate([pairs.first, pairs.second])
        points = np.concatenate([pairs.first_wins + pairs.ties / 2, pairs.second_wins + pairs.ties / 2])
        met = np.bincount(ids, weights=np.tile(pairs.comparisons, 2), minlength=n_ids)
        shares = np.bincount(ids, weights=points, minlength=n_ids) / met
        spread = _NORMAL_95**2 / met
        middle = (shares + spread / 2) / (1 + spread)
        margin = np.sqrt(spread * shares * (1 - shares) + spread**2 / 4) / (1 + spread)
        progress(1, 1)
        return PairFit(
            scores=shares,
            win_probability=(pairs.first_wins + pairs.ties / 2) / pairs.comparisons,
            tie_probability=pairs.ties / pairs.comparisons,
            low=np.maximum(middle - margin, 0.0),
            high=np.minimum(middle + margin, 1.0),
            components=connected_groups(pairs.first, pairs.second, n_ids),
        )
