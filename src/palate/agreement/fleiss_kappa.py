"""Fleiss' kappa: agreement of any number of annotators beyond what the labels' shares give by chance."""

from __future__ import annotations

from dataclasses import dataclass

from palate.agreement._weighting import agreeing_shares, beyond_chance, label_shares, label_weights
from palate.agreement.base import AgreementCoefficient, FloatArray, LabelCounts

__all__ = ["FleissKappa"]


@dataclass(frozen=True)
class FleissKappa(AgreementCoefficient):
    """Agreeing pairs of answers beyond what chance gives if all draw from one jar. Fleiss, 1971.

    Observed is the share of agreeing pairs of answers to a task, expected the sum of the labels' squared shares.
    Fleiss has as many answers to every task. Where their numbers differ, every task counts the same in both,
    as in Gwet, Handbook of Inter-Rater Reliability, 2014: the share of a label is its mean share of
    a task's answers. Unlike there, tasks with one answer do not count for chance either. Where all answers are the same, the value is NaN.

    >>> import polars as pl
    >>> answers = pl.DataFrame({"task": [1, 1, 2, 2], "annotator": ["a", "b", "a", "b"], "label": [1, 1, 1, 2]})
    >>> round(FleissKappa().measure(answers).value, 3)
    -0.333
    """

    def values(self, data: LabelCounts, weights: FloatArray) -> FloatArray:
        """Return kappa for each weighting of tasks, at most 1."""
        agreeing = agreeing_shares(data.counts, label_weights(data, "none"))
        observed = weights @ agreeing / weights.sum(axis=1)
        return beyond_chance(observed, (label_shares(data.counts, weights) ** 2).sum(axis=1))
