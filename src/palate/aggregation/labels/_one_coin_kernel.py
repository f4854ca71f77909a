"""The hot loop of one-coin Dawid–Skene: expectation, and the counts for maximization, in one pass.

An annotator has one number, so an answer touches one label of its task only: the label's odds are multiplied by
how much more often the annotator is right than gives one certain wrong label.
"""
# ruff: noqa: PLR0917 (compiled functions take flat arrays and counts, by position)

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from palate.core.compiling import compiled

__all__ = ["expect_and_count_right"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
OffsetArray = npt.NDArray[np.int64]


@compiled
def expect_and_count_right(
    start: int,
    stop: int,
    offsets: OffsetArray,
    annotators: IntArray,
    labels: IntArray,
    golden: IntArray,
    prior: FloatArray,
    odds: FloatArray,
    most_factors: int,
    posterior: FloatArray,
    right: FloatArray,
    votes: FloatArray,
) -> float:
    """Write the posterior of the tasks ``start:stop``, count it, and return their log-likelihood.

    The log-likelihood is relative to that of all answers being wrong in their own way: the caller adds the
    logarithm of each annotator's probability of one certain wrong label, once an answer.

    Args:
        start: First task.
        stop: The task after the last.
        offsets: Shape (n_tasks + 1,): where the answers of each task begin.
        annotators: Shape (n_answers,).
        labels: Shape (n_answers,).
        golden: Shape (n_tasks,): the known label, -1 where none is known.
        prior: Shape (2, n_labels): probability of each label, and its logarithm.
        odds: Shape (2, n_annotators): probability of the right label over that of one certain wrong one, and
            its logarithm.
        most_factors: How many odds can be multiplied without overflow or underflow.
        posterior: Shape (n_tasks, n_labels); written.
        right: Shape (n_annotators,): sum of the posterior of the labels given; added to.
        votes: Shape (n_labels,): sum of the posterior; added to.
    """
    log_likelihood = 0.0
    for task in range(start, stop):
        first, end = offsets[task], offsets[task + 1]
        if golden[task] >= 0:
            known = golden[task]
            log_likelihood += prior[1, known]
            for truth in range(posterior.shape[1]):
                posterior[task, truth] = 1.0 if truth == known else 0.0
            for answer in range(first, end):
                if labels[answer] == known:
                    log_likelihood += odds[1, annotators[answer]]
        elif end - first < most_factors:
            log_likelihood += _multiply(task, first, end, annotators, labels, prior, odds, posterior)
        else:
            log_likelihood += _add_logarithms(task, first, end, annotators, labels, prior, odds, posterior)
        for answer in range(first, end):
            right[annotators[answer]] += posterior[task, labels[answer]]
        for truth in range(posterior.shape[1]):
            votes[truth] += posterior[task, truth]
    return log_likelihood


@compiled
def _multiply(
    task: int,
    first: int,
    end: int,
    annotators: IntArray,
    labels: IntArray,
    prior: FloatArray,
    odds: FloatArray,
    posterior: FloatArray,
) -> float:
    """Write the posterior of a task with few answers; return their log-likelihood."""
    n_labels = posterior.shape[1]
    for truth in range(n_labels):
        posterior[task, truth] = prior[0, truth]
    for answer in range(first, end):
        posterior[task, labels[answer]] *= odds[0, annotators[answer]]
    total = 0.0
    for truth in range(n_labels):
        total += posterior[task, truth]
    for truth in range(n_labels):
        posterior[task, truth] /= total
    return math.log(total)


@compiled
def _add_logarithms(
    task: int,
    first: int,
    end: int,
    annotators: IntArray,
    labels: IntArray,
    prior: FloatArray,
    odds: FloatArray,
    posterior: FloatArray,
) -> float:
    """Write the posterior of a task with any number of answers; return their log-likelihood."""
    n_labels = posterior.shape[1]
    for truth in range(n_labels):
        posterior[task, truth] = prior[1, truth]
    for answer in range(first, end):
        posterior[task, labels[answer]] += odds[1, annotators[answer]]
    greatest = -np.inf
    for truth in range(n_labels):
        greatest = max(greatest, posterior[task, truth])
    total = 0.0
    for truth in range(n_labels):
        posterior[task, truth] = math.exp(posterior[task, truth] - greatest)
        total += posterior[task, truth]
    for truth in range(n_labels):
        posterior[task, truth] /= total
    return greatest + math.log(total)
