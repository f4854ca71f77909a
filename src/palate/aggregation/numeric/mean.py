"""The mean of a task's answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.aggregation.numeric._errors import (
    answers_of,
    bias_and_spread,
    pooled_variance,
    sum_by_task,
    with_golden,
)
from palate.aggregation.numeric.base import CodedNumbers, NumericAggregator, NumericFit
from palate.core.progress import Progress, no_progress

__all__ = ["Mean"]


@dataclass(frozen=True)
class Mean(NumericAggregator):
    """The mean of a task's answers; every answer counts the same.

    The interval is Student's, with the variance of answers around the mean of their task pooled over all tasks: it
    takes annotators to err alike, on all tasks, without common bias. There is none where no task has two answers.

    >>> import polars as pl
    >>> answers = pl.DataFrame({"task": [1, 1, 1], "annotator": ["a", "b", "c"], "value": [2.0, 3.0, 7.0]})
    >>> Mean().aggregate(answers).values["value"].to_list()
    [4.0]
    """

    def fit(self, answers: CodedNumbers, progress: Progress = no_progress) -> NumericFit:
        """Return means, their intervals, and how annotators stray from them."""
        from scipy.special import stdtrit

        n_answers, _ = answers_of(answers)
        value = with_golden(answers, sum_by_task(answers, answers.values) / n_answers)
        variance, freedom = pooled_variance(answers)
        half = np.full(len(value), np.nan)
        if freedom:
            half = float(stdtrit(freedom, (1 + self.confidence) / 2)) * np.sqrt(variance / n_answers)
        half[np.isfinite(answers.golden)] = 0.0
        progress(1, 1)
        return NumericFit(value, value - half, value + half, *bias_and_spread(answers, value))
