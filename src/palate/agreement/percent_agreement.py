"""Percent agreement: the share of pairs of answers that say the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.agreement.base import AgreementCoefficient, FloatArray, LabelCounts

__all__ = ["PercentAgreement"]


@dataclass(frozen=True)
class PercentAgreement(AgreementCoefficient):
    """Share of pairs of answers to a task that agree, a mean over tasks; chance is not corrected for.

    Every task counts the same, however many answered it. Fleiss, 1971, calls it the mean extent of agreement.

    >>> import polars as pl
    >>> answers = pl.DataFrame({"task": [1, 1, 1], "annotator": ["a", "b", "c"], "label": ["cat", "cat", "dog"]})
    >>> round(PercentAgreement().measure(answers).value, 3)
    0.333
    """

    def values(self, data: LabelCounts, weights: FloatArray) -> FloatArray:
        """Return the mean share of agreeing pairs for each weighting of tasks, in [0, 1]."""
        answers = data.counts.sum(axis=1)
        agreeing = np.sum(data.counts * (data.counts - 1), axis=1) / (answers * (answers - 1))
        values: FloatArray = weights @ agreeing / weights.sum(axis=1)
        return values
