"""Gwet's AC1 and AC2: agreement beyond chance that does not collapse where one label is common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.agreement._weighting import (
    Weighting,
    agreeing_shares,
    beyond_chance,
    check_weighting,
    label_shares,
    label_weights,
)
from palate.agreement.base import AgreementCoefficient, FloatArray, LabelCounts

__all__ = ["GwetAC"]


@dataclass(frozen=True)
class GwetAC(AgreementCoefficient):
    """Agreement beyond chance, where chance is a guess on a hard task. Gwet, 2008 (AC1), 2014 (AC2).

    Kappa falls to 0 where nearly all answers are one label, however well annotators agree. Here chance gives
    ``sum of weights / (q (q - 1)) * sum over labels of share (1 - share)`` for q labels: most where labels are equally
    common, nothing where there is but one. Numbers of answers may differ; every task counts the same. Unlike
    in Gwet's, tasks with one answer do not count for the shares either. Where there is but one label, the value is NaN.

    Args:
        weighting: ``none`` for AC1; for AC2 of labels that are numbers, ``linear`` or ``quadratic``.

    The labels are those that someone gave. Gwet, Computing Inter-Rater Reliability and Its Variance in the Presence of
    High Agreement, 2008; Handbook of Inter-Rater Reliability, 4th edition, 2014.

    >>> import polars as pl
    >>> answers = pl.DataFrame({"task": [1, 1, 2, 2], "annotator": ["a", "b", "a", "b"], "label": [1, 1, 1, 2]})
    >>> round(GwetAC().measure(answers).value, 3)
    0.2
    """

    weighting: Weighting = "none"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_weighting(self.weighting)

    def values(self, data: LabelCounts, weights: FloatArray) -> FloatArray:
        """Return AC1 or AC2 for each weighting of tasks, at most 1."""
        agrees = label_weights(data, self.weighting)
        n_labels = len(agrees)
        if n_labels == 1:
            return np.full(len(weights), np.nan)
        observed = weights @ agreeing_shares(data.counts, agrees) / weights.sum(axis=1)
        shares = label_shares(data.counts, weights)
        spread = agrees.sum() / (n_labels * (n_labels - 1))
        return beyond_chance(observed, spread * np.sum(shares * (1 - shares), axis=1))
