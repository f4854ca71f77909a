"""What a log's answers say of tasks: shares of votes, and evidence turned into probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from palate.aggregation.labels._answer_log import AnswerLog
from palate.aggregation.labels.base import FloatArray

__all__ = ["doubted", "normalized", "shares_of"]

_LEAST = 1e-300

_CORRELATION = 0.25
"""Of the errors in two answers to one task. On two public data sets (``bench/next_tasks.py``) better than 0.5 or 1."""


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


def _clamp(posterior: FloatArray, golden: npt.NDArray[np.int32]) -> None:
    known = np.flatnonzero(golden >= 0)
    posterior[known] = 0.0
    posterior[known, golden[known]] = 1.0
