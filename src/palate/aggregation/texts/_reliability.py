"""Annotators weighed by how near their vectors are to the weighted means, and the means by these weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.aggregation.texts._embedded import EmbeddedTexts
from palate.aggregation.texts.base import FloatArray, TextFit
from palate.core.errors import SettingsError
from palate.core.progress import Progress
from palate.core.settings import check_counts, check_positive

__all__ = ["Reliability"]


@dataclass(frozen=True)
class Reliability:
    """How weights are found; the settings of ``RASA`` of the same names."""

    alpha: float
    regularization: float
    max_iter: int
    tolerance: float

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise SettingsError(f"'alpha' must be between 0 and 1; it is {self.alpha}.")
        check_positive(regularization=self.regularization)
        check_counts(max_iter=self.max_iter)
        if not 0 <= self.tolerance < np.inf:
            raise SettingsError(f"'tolerance' must be a number from 0 on; it is {self.tolerance}.")

    def fit(self, embedded: EmbeddedTexts, local: FloatArray, progress: Progress) -> TextFit:
        """Return the texts nearest to the weighted means, and the weights.

        Both steps raise ``sum over annotators of chi2 * log(weight) - weight * (sum of local * distance^2 + floor)``,
        halved: the means, because they have the least weighted distances, and the weights, because they are its
        maximum.

        Args:
            embedded: The answers.
            local: Shape (n_answers,): what each answer counts besides its annotator's weight.
            progress: Called after every pass.
        """
        from scipy.stats import chi2

        annotators = embedded.texts.annotators
        shared = embedded.n_others > 0
        n_annotators = len(embedded.texts.annotator_ids)
        n_answers = np.bincount(annotators[shared], minlength=n_annotators)
        known = n_answers > 0
        certainty = chi2.ppf(self.alpha / 2, np.maximum(n_answers, 1))
        weights = np.ones(n_annotators)
        values: list[float] = []
        floor, converged = 0.0, False
        while not converged and len(values) < self.max_iter:
            away = local * embedded.squared_distances(local * weights[annotators])
            if not values:
                mean = float(away[shared].mean()) if shared.any() else 0.0
                floor = self.regularization * mean
                if mean <= embedded.rounding:  # all answers to a task are the same
                    progress(1, 1)
                    return TextFit(embedded.nearest(local), np.where(known, 1.0, np.nan))
            total = floor * n_answers + np.bincount(annotators, weights=away, minlength=n_annotators)
            before = weights
            weights = np.where(known, certainty / np.where(known, total, 1.0), 1.0)
            terms = certainty * np.log(weights) - weights * total
            values.append(float(terms[known].sum()) / 2)
            converged = bool((np.abs(weights - before) <= self.tolerance * weights)[known].all())
            progress(len(values), self.max_iter)
        found = embedded.nearest(local * weights[annotators])
        scaled = np.where(known, weights / weights[known].mean(), np.nan)
        return TextFit(found, scaled, converged, len(values), tuple(values))
