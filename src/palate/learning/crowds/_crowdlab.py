"""What CROWDLAB computes from a classifier's probabilities and the answers, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.core.errors import InputError
from palate.learning.crowds._data import CrowdData, FloatArray, IntArray

__all__ = ["Weighed", "consensus", "majority"]

_LEAST = 1e-6
"""The least weight of anybody, and the least error of foretelling the most frequent label."""


@dataclass(frozen=True, eq=False)
class Weighed:
    """Each label's probability, and how much everybody counted for it.

    Args:
        probabilities: float64, shape (n_tasks, n_labels): by classifier and answers; rows of tasks without answers are
            the classifier's.
        annotators: float64, shape (n_annotators,): how much an answer of each counts.
        classifier: How much the classifier counts.
        agreement: How probable it is that an answer is the consensus.
    """

    probabilities: FloatArray
    annotators: FloatArray
    classifier: float
    agreement: float


def majority(data: CrowdData, probabilities: FloatArray) -> IntArray:
    """Return the label with most votes of each task, shape (n_tasks,).

    Of several, the one that the classifier finds most probable; then the one least often given, so that rare labels stay;
    then the lowest.
    """
    rare = -np.bincount(data.labels, minlength=data.n_labels).astype(np.float64)
    left = np.ones(probabilities.shape, dtype=np.bool_)
    for score in (data.vote_shares, probabilities, rare):
        among = np.where(left, score, -np.inf)
        left &= among >= among.max(axis=1, keepdims=True) - 1e-12
    chosen: IntArray = left.argmax(axis=1)
    return chosen


def consensus(data: CrowdData, probabilities: FloatArray, labels: IntArray) -> Weighed:
    """Return the weighted mean of classifier and annotators. Goh, Tkachenko and Mueller, 2022, section 3.

    Args:
        data: Answers.
        probabilities: float64, shape (n_tasks, n_labels), by a classifier that did not learn from these tasks.
        labels: int64, shape (n_tasks,): the consensus by which everybody is judged.

    Raises:
        InputError: No task has two answers.
    """
    counts = np.diff(data.offsets)
    shared = counts > 1
    if not shared.any():
        raise InputError(
            "CROWDLAB weighs annotators by how often they agree; no task here has two answers. Ask some tasks twice at"
            " least, or choose a method that needs none, such as crowd_layer.",
            where="answers",
        )
    agreed = (data.labels == labels[data.tasks]).astype(np.float64)
    per_task = np.bincount(data.tasks, weights=agreed, minlength=len(counts))[shared] / counts[shared]
    agreement = float(per_task.mean())
    most_frequent = np.bincount(labels[shared], minlength=data.n_labels).argmax()
    chance_error = max(float(np.mean(labels[shared] != most_frequent)), _LEAST)
    annotators = np.maximum(1 - (1 - _agreement_with_others(data, counts)) / chance_error, _LEAST)
    error = float(np.mean(probabilities[shared].argmax(axis=1) != labels[shared]))
    weight = max(1 - error / chance_error, _LEAST) * float(np.sqrt(counts[counts > 0].mean()))
    sums = weight * probabilities
    wrong = (1 - agreement) / (data.n_labels - 1)
    each = annotators[data.annotators]
    np.add.at(sums, (data.tasks, data.labels), each * (agreement - wrong))
    told = np.bincount(data.tasks, weights=each, minlength=len(counts))[:, np.newaxis]
    return Weighed((sums + wrong * told) / (weight + told), annotators, weight, agreement)


def _agreement_with_others(data: CrowdData, counts: IntArray) -> FloatArray:
    """Return the share of the others' answers to an annotator's tasks that are as theirs, shape (n_annotators,).

    An annotator who shares no task is taken to agree as the mean of those who do.
    """
    votes = np.zeros((len(counts), data.n_labels))
    np.add.at(votes, (data.tasks, data.labels), 1.0)
    alike = votes[data.tasks, data.labels] - 1
    others = counts[data.tasks] - 1
    n_annotators = len(data.annotator_ids)
    same = np.bincount(data.annotators, weights=alike, minlength=n_annotators)
    all_others = np.bincount(data.annotators, weights=others, minlength=n_annotators)
    found = np.full(n_annotators, np.nan)
    np.divide(same, all_others, out=found, where=all_others > 0)
    return np.where(np.isnan(found), np.nanmean(found), found)
