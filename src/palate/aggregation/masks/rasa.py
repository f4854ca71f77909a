"""RASA for masks: annotators whose masks overlap most with the result count more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.aggregation.masks._vote_patterns import VotePatterns, spread, vote_patterns
from palate.aggregation.masks.base import BoolArray, CodedMasks, FloatArray, MaskAggregator, MaskFit
from palate.core.errors import SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_counts, check_positive

__all__ = ["RASA"]

_TIE = 1e-9
"""Shares of the weight that differ from half by less are half: the order of a sum's terms moves its last digits."""


@dataclass(frozen=True)
class RASA(MaskAggregator):
    """Reliability aware aggregation, of masks. After Li and Fukumoto, 2019, who aggregate sequences.

    In turn, a task's mask is made of the pixels marked by more than half of its annotators' weight, and each
    annotator's weight becomes ``quantile / sum of squared distances of their masks to those of the others``, where
    the distance is one minus intersection over union. The quantile is that of the chi-squared distribution with as many degrees as
    masks, at ``alpha / 2``: few masks weigh little (CATD, Li et al., 2014). Weights are shared by all tasks. A mask
    that is the only one of its task says nothing of its annotator.

    Li and Fukumoto compare with the result of all. Of masks, that lets the first annotator who outweighs the others
    be the result and weigh ever more; so each is compared with what the others' weight makes. Nothing is known to
    fall from pass to pass; where passes go round in a circle, ``max_iter`` ends them and ``converged`` is false.

    Args:
        alpha: One minus the confidence of the interval whose upper bound is taken.
        regularization: Added to every squared distance, so that perfect agreement has a finite weight; above 0.
        max_iter: Most passes.
        tolerance: Stop when no weight changes by more than this share.

    The result's ``annotators`` has the column ``weight``: 1 on average, missing where nothing is known.
    """

    alpha: float = 0.05
    regularization: float = 0.01
    max_iter: int = 100
    tolerance: float = 1e-6

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise SettingsError(f"'alpha' must be between 0 and 1; it is {self.alpha}.")
        check_positive(regularization=self.regularization)
        check_counts(max_iter=self.max_iter)
        if not 0 <= self.tolerance < np.inf:
            raise SettingsError(f"'tolerance' must be a number from 0 on; it is {self.tolerance}.")

    def fit(self, masks: CodedMasks, progress: Progress = no_progress) -> MaskFit:
        """Return the masks of more than half the weight, and the weights."""
        from scipy.stats import chi2

        n_annotators, n_tasks = len(masks.annotator_ids), len(masks.task_ids)
        tasks = [(masks.of_task(task)[0], vote_patterns(masks.of_task(task)[1])) for task in range(n_tasks)]
        shared = [(own, patterns) for own, patterns in tasks if len(own) > 1]
        n_masks = np.zeros(n_annotators)
        for own, _ in shared:
            n_masks[own] += 1
        known = n_masks > 0
        quantile = chi2.ppf(self.alpha / 2, np.maximum(n_masks, 1))
        weights, converged, iterations = np.ones(n_annotators), not known.any(), 0
        while not converged and iterations < self.max_iter:
            total = self.regularization * np.maximum(n_masks, 1)
            for own, patterns in shared:
                total[own] += (1 - patterns.overlaps(_chosen_by_others(patterns, weights[own]))) ** 2
            before, weights = weights, np.where(known, quantile / total, 1.0)
            converged = bool((np.abs(weights - before) <= self.tolerance * weights).all())
            iterations += 1
            progress(iterations, self.max_iter)
        found = [
            spread(_chosen(patterns, weights[own]), masks.of_task(task)[1])
            for task, (own, patterns) in enumerate(tasks)
        ]
        scaled = np.where(known, weights / (weights[known].mean() if known.any() else 1.0), np.nan)
        return MaskFit(found, {"weight": scaled}, converged, max(iterations, 1))


def _chosen_by_others(patterns: VotePatterns, weights: FloatArray) -> BoolArray:
    """Return, for each mask, which patterns have more than half of the others' weight: (n_patterns, n_masks)."""
    others = (1 - np.eye(len(weights))) * (weights[:, np.newaxis])
    chosen: BoolArray = patterns.votes @ (others / others.sum(axis=0)) > 0.5 + _TIE
    return chosen


def _chosen(patterns: VotePatterns, weights: FloatArray) -> BoolArray:
    """Return which patterns have more than half of the weight."""
    chosen: BoolArray = patterns.votes @ (weights / weights.sum()) > 0.5 + _TIE
    return chosen
