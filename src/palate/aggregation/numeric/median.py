"""The median of a task's answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.aggregation.numeric._errors import bias_and_spread, with_golden
from palate.aggregation.numeric.base import CodedNumbers, FloatArray, NumericAggregator, NumericFit
from palate.core.progress import Progress, no_progress

__all__ = ["Median"]


@dataclass(frozen=True)
class Median(NumericAggregator):
    """The middle one of a task's answers, the mean of the middle two; a few wild answers do not move it.

    The interval lies between two of the answers, chosen by the binomial distribution so that it holds the median
    of what all annotators would say with at least the wanted confidence, whatever their distribution (David and
    Nagaraja, Order Statistics, 2003, section 7.1). Fewer than 6 answers cannot give one of 95%.

    >>> import polars as pl
    >>> answers = pl.DataFrame({"task": [1, 1, 1], "annotator": ["a", "b", "c"], "value": [2.0, 3.0, 700.0]})
    >>> Median().aggregate(answers).values["value"].to_list()
    [3.0]
    """

    def fit(self, answers: CodedNumbers, progress: Progress = no_progress) -> NumericFit:
        """Return medians, their intervals, and how annotators stray from them."""
        ordered = answers.values[np.lexsort((answers.values, answers.tasks))]
        first, n_answers = answers.offsets[:-1], np.diff(answers.offsets)
        below, above = ordered[first + (n_answers - 1) // 2], ordered[first + n_answers // 2]
        value = with_golden(answers, below + (above - below) / 2)
        outside = self._outside(n_answers)
        bounded = outside >= 0
        low, high = np.full(len(value), np.nan), np.full(len(value), np.nan)
        low[bounded] = ordered[(first + outside)[bounded]]
        high[bounded] = ordered[(first + n_answers - 1 - outside)[bounded]]
        known = np.isfinite(answers.golden)
        low[known] = high[known] = value[known]
        progress(1, 1)
        return NumericFit(value, low, high, *bias_and_spread(answers, value))

    def _outside(self, n_answers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return how many answers lie outside the interval on either side, -1 where there are too few."""
        from scipy.special import bdtr

        sizes, which = np.unique(n_answers, return_inverse=True)
        found = np.empty(len(sizes), dtype=np.int64)
        for i, size in enumerate(sizes.tolist()):
            tails: FloatArray = bdtr(np.arange(size // 2 + 1, dtype=np.float64), size, 0.5)
            found[i] = np.searchsorted(tails, (1 - self.confidence) / 2 + 1e-12, side="right") - 1
        return found[which]
