"""Brennan and Prediger's coefficient: agreement beyond what guessing among all labels alike gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.agreement._weighting import (
    Weighting,
    agreeing_shares,
    beyond_chance,
    check_weighting,
    label_weights,
)
from palate.agreement.base import AgreementCoefficient, FloatArray, LabelCounts
from palate.core.errors import InputError, SettingsError

__all__ = ["BrennanPrediger"]


@dataclass(frozen=True)
class BrennanPrediger(AgreementCoefficient):
    """Agreement beyond chance, where chance takes each of q labels alike, 1/q. Brennan and Prediger, 1981.

    For two labels it is the S of Bennett, Alpert and Goldstein, 1954. Numbers of answers may differ; every task counts the
    same. Where there is but one label, the value is NaN.

    Args:
        weighting: ``none``; for labels that are numbers, ``linear`` or ``quadratic``: chance then gives the mean
            weight of two labels (Gwet, Handbook of Inter-Rater Reliability, 2014).
        n_labels: How many labels there were to choose from, if more than anyone gave; only without weighting.

    >>> import polars as pl
    >>> answers = pl.DataFrame({"task": [1, 1, 2, 2], "annotator": ["a", "b", "a", "b"], "label": [1, 1, 1, 2]})
    >>> BrennanPrediger().measure(answers).value
    0.0
    """

    weighting: Weighting = "none"
    n_labels: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_weighting(self.weighting)
        if self.n_labels is not None and (self.n_labels < 2 or self.weighting != "none"):
            raise SettingsError(
                f"'n_labels' must be at least 2 and goes with the weighting none; it is {self.n_labels}, the weighting"
                f" {self.weighting}."
            )

    def values(self, data: LabelCounts, weights: FloatArray) -> FloatArray:
        """Return the coefficient for each weighting of tasks, at most 1."""
        agrees = label_weights(data, self.weighting)
        if self.n_labels is not None and self.n_labels < len(agrees):
            raise InputError(
                f"There are {len(agrees)} different labels, but 'n_labels' says that {self.n_labels} could be chosen."
            )
        expected = agrees.mean() if self.n_labels is None else 1 / self.n_labels
        observed = weights @ agreeing_shares(data.counts, agrees) / weights.sum(axis=1)
        return beyond_chance(observed, np.asarray(expected))
