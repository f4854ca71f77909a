"""Consistency: how sure the label that most gave is, given how often each annotator is with the majority."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.agreement.base import AnnotatorCoefficient, Answerers, FloatArray, LabelCounts

__all__ = ["Consistency"]

_SURE = 1e-9
"""An annotator who is always with the majority errs as rarely as this: probabilities of 0 leave nothing to compare."""


@dataclass(frozen=True)
class Consistency(AnnotatorCoefficient):
    """Posterior probability of the label that most gave, a mean over tasks; chance is not corrected for.

    An annotator is right with a probability of their own, which is the share of their answers that equal the label most
    gave (where m are tied for it, each counts 1/m), and else gives any other label alike; labels are equally probable
    beforehand. These are the assumptions of the one-coin model of Dawid and Skene, 1979. Crowd-Kit's metric of the same
    name takes one of tied labels instead, and 0 where the answers contradict skills of exactly 1.

    The interval comes from resampled tasks; the annotators' skills are those of all tasks.

    >>> import polars as pl
    >>> answers = pl.DataFrame({"task": [1, 1, 2, 2], "annotator": ["a", "b", "a", "b"], "label": [1, 1, 1, 2]})
    >>> round(Consistency().measure(answers).value, 3)
    0.7
    """

    def terms(self, data: LabelCounts, given: Answerers) -> tuple[FloatArray, FloatArray]:
        """Return the posterior of the label that most gave of each task, and ones."""
        posterior = _posterior_of_majority(given, data.counts[given.rows])
        return posterior, np.ones(len(posterior))


def _posterior_of_majority(given: Answerers, counts: FloatArray) -> FloatArray:
    """Return the posterior of the label that most gave, shape (n_tasks,); a mean where several are tied."""
    n_labels = counts.shape[1]
    if n_labels == 1:
        return np.ones(len(counts))
    best = counts == counts.max(axis=1, keepdims=True)
    decided = best / best.sum(axis=1, keepdims=True)
    task = np.repeat(np.arange(len(counts)), np.diff(given.offsets))
    n_answers = np.maximum(np.bincount(given.annotators), 1)
    right = np.bincount(given.annotators, weights=decided[task, given.labels]) / n_answers
    right = np.clip(right, _SURE, 1 - _SURE)
    votes = np.log(right * (n_labels - 1) / (1 - right))  # how much an answer speaks for its label
    cells = task * n_labels + given.labels
    scores = np.bincount(cells, weights=votes[given.annotators], minlength=counts.size).reshape(counts.shape)
    posterior = np.exp(scores - scores.max(axis=1, keepdims=True))
    posterior /= posterior.sum(axis=1, keepdims=True)
    found: FloatArray = np.sum(posterior * decided, axis=1)
    return found
