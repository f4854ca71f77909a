"""The hot loop of GLAD: posterior, log-likelihood and its gradient, in one pass over the answers."""
# ruff: noqa: PLR0917 (compiled functions take flat arrays and counts, by position)

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from palate.aggregation.labels._mace_kernel import _normalize
from palate.core.compiling import compiled

__all__ = ["expect_and_differentiate"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
OffsetArray = npt.NDArray[np.int64]


@compiled
def expect_and_differentiate(
    start: int,
    stop: int,
    offsets: OffsetArray,
    annotators: IntArray,
    labels: IntArray,
    golden: IntArray,
    ability: FloatArray,
    ease: FloatArray,
    right: FloatArray,
    posterior: FloatArray,
    by_ability: FloatArray,
    by_log_ease: FloatArray,
) -> float:
    """Write the posterior of the tasks ``start:stop`` and the gradient; return their log-likelihood.

    Args:
        start: First task.
        stop: The task after the last.
        offsets: Shape (n_tasks + 1,): where the answers of each task begin.
        annotators: Shape (n_answers,).
        labels: Shape (n_answers,).
        golden: Shape (n_tasks,): the known label, -1 where none is known.
        ability: Shape (n_annotators,).
        ease: Shape (n_tasks,), above 0.
        right: Shape (n_answers,): room for the probability that each answer is right.
        posterior: Shape (n_tasks, n_labels); written.
        by_ability: Shape (n_annotators,): derivative of the log-likelihood; added to.
        by_log_ease: Shape (n_tasks,): derivative by the logarithm of a task's ease; written.
    """
    n_labels = posterior.shape[1]
    log_wrong = math.log(max(n_labels - 1, 1))
    log_likelihood = -(stop - start) * math.log(n_labels)
    for task in range(start, stop):
        first, end = offsets[task], offsets[task + 1]
        for label in range(n_labels):
            posterior[task, label] = 0.0
        for answer in range(first, end):
            gained = ability[annotators[answer]] * ease[task]
            log_odds = gained - log_wrong
            shrunk = math.exp(-abs(log_odds))
            right[answer] = (1.0 if log_odds > 0 else shrunk) / (1.0 + shrunk)
            log_likelihood -= max(log_odds, 0.0) + math.log1p(shrunk) + log_wrong
            posterior[task, labels[answer]] += gained
        greatest, total = _normalize(task, golden[task], posterior)
        log_likelihood += greatest + math.log(total)
        by_log_ease[task] = 0.0
        for answer in range(first, end):
            annotator = annotators[answer]
            surprise = (posterior[task, labels[answer]] - right[answer]) * ease[task]
            by_ability[annotator] += surprise
            by_log_ease[task] += surprise * ability[annotator]
    return log_likelihood
