"""Accuracy on the aggregate: how often an answer is the label that most gave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.agreement.base import AgreementCoefficient, FloatArray, LabelCounts

__all__ = ["AccuracyOnAggregate"]


@dataclass(frozen=True)
class AccuracyOnAggregate(AgreementCoefficient):
    """Share of a task's answers that equal the label most gave, a mean over tasks; chance is not corrected for.

    Where several labels are tied, whichever is decided has the same share. The answers decide themselves, so that
    it is never below 1 / labels; few answers a task agree with themselves the more.

    >>> import polars as pl
    >>> answers = pl.DataFrame({"task": [1, 1, 1], "annotator": ["a", "b", "c"], "label": ["cat", "cat", "dog"]})
    >>> round(AccuracyOnAggregate().measure(answers).value, 3)
    0.667
    """

    def values(self, data: LabelCounts, weights: FloatArray) -> FloatArray:
        """Return the mean share of the most given label for each weighting of tasks, in (0, 1]."""
        shares = data.counts.max(axis=1) / data.counts.sum(axis=1)
        values: FloatArray = weights @ shares / weights.sum(axis=1)
        return np.asarray(values)
