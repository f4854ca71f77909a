"""What a log's answers say of tasks: shares of votes, and evidence turned into probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from palate.aggregation.labels._answer_log import AnswerLog
from palate.aggregation.labels.base import FloatArray

__all__ = ["as_the_crowd", "doubted", "mostly_right", "normalized", "shares_of"]

_LEAST = 1e-300

_CORRELATION = 0.25
"""Of the errors in two answers to one task. On two public data sets (``bench/next_tasks.py``) better than 0.5 or 1."""

_AS_THE_CROWD = 5.0
"""Answers of the crowd's that are added to each annotator's for each true label. On two public data sets
(``bench/next_tasks.py``) 5 does as well as 20."""

_BEFOREHAND, _RIGHT = 8.0, 0.8
"""Answers that caution adds to each annotator's for each true label, and the share of them that are right. On three
public data sets (``bench/next_tasks.py``) neither 4 nor 16 answers, 0.7 nor 0.9 does better on all of them."""


def shares_of(
    log: AnswerLog,
    tasks: npt.NDArray[np.integer[Any]],
    *,
    spread: float = 0.0,
    weights: FloatArray | None = None,
) -> FloatArray:
    """Return the vote shares of tasks with answers, or of all with votes to ``spread``; golden ones as known.

    Args:
        log: The answers.
        tasks: The tasks' codes.
        spread: Votes that are spread over all labels besides.
        weights: How much each annotator of the log counts; a task none of whose votes counts is decided as if all did.
    """
    place, answers = log.chained(tasks)
    n_labels = len(log.label_ids)
    cells = place * np.int64(n_labels) + log.labels[answers]
    counts = None if weights is None else weights[log.annotators[answers]]
    sums = np.bincount(cells, weights=counts, minlength=len(tasks) * n_labels).astype(np.float64)
    votes: FloatArray = sums.reshape(len(tasks), n_labels)
    if weights is not None and (silent := np.flatnonzero(votes.sum(axis=1) == 0)).size:
        votes[silent] = shares_of(log, tasks[silent])
    votes += spread / n_labels
    shares: FloatArray = votes / np.maximum(votes.sum(axis=1, keepdims=True), _LEAST)
    _clamp(shares, log.golden[tasks])
    return shares


def doubted(logarithms: FloatArray, n_answers: npt.NDArray[np.int64]) -> FloatArray:
    """Return the logarithms of tasks' likelihoods as answers with correlated errors support them.

    So many answers are worth ``n / (1 + (n - 1) * correlation)`` independent ones (the design effect; Kish, 1965).
    """
    effect = 1 + np.maximum(n_answers - 1, 0) * _CORRELATION
    found: FloatArray = logarithms / effect[:, np.newaxis]
    return found


def normalized(logarithms: FloatArray, golden: npt.NDArray[np.int32]) -> FloatArray:
    """Return probabilities from their logarithms up to a sum, those of golden tasks as known."""
    found: FloatArray = np.exp(logarithms - logarithms.max(axis=1, keepdims=True))
    found /= found.sum(axis=1, keepdims=True)
    _clamp(found, golden)
    return found


def as_the_crowd(counts: FloatArray) -> FloatArray:
    """Return confusions ``[annotator, label, truth]`` by counts and by how the crowd of these annotators errs."""
    n_labels = counts.shape[1]
    crowd = counts.sum(axis=0) + np.eye(n_labels) + 1 / n_labels
    shrunk = counts + _AS_THE_CROWD * crowd / crowd.sum(axis=0)
    found: FloatArray = shrunk / shrunk.sum(axis=1, keepdims=True)
    return found


def mostly_right(counts: FloatArray) -> FloatArray:
    """Return confusions ``[annotator, label, truth]`` by counts and by answers beforehand that are mostly right.

    These are means under a Dirichlet prior (Kim and Ghahramani, 2012) that does not depend on what the crowd is believed
    to mistake.
    """
    n_labels = counts.shape[1]
    wrong = (1 - _RIGHT) / max(n_labels - 1, 1)
    shrunk = counts + _BEFOREHAND * np.where(np.eye(n_labels, dtype=bool), _RIGHT, wrong)
    found: FloatArray = shrunk / shrunk.sum(axis=1, keepdims=True)
    return found


def _clamp(posterior: FloatArray, golden: npt.NDArray[np.int32]) -> None:
    known = np.flatnonzero(golden >= 0)
    posterior[known] = 0.0
    posterior[known, golden[known]] = 1.0
