"""The hot loop of MACE: what is expected of every task and annotator, in one pass over the answers.

The *cell* of an answer is ``annotator * n_labels + label``. Whether an annotator knew can matter only where they
gave the true label; so an answer's whole contribution is one number for "not the true label" and one more for
"the true label", and the number of labels does not slow the loop.
"""
# ruff: noqa: PLR0917 (compiled functions take flat arrays and counts, by position)

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from palate.core.compiling import compiled

__all__ = ["count_right", "expect_right", "expect_right_of_products"]

_GREAT_PRODUCT = 1e200
"""Times the number of labels this is far from the greatest double."""

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
OffsetArray = npt.NDArray[np.int64]


@compiled
def expect_right(
    start: int,
    stop: int,
    offsets: OffsetArray,
    cells: IntArray,
    labels: IntArray,
    golden: IntArray,
    guessed: FloatArray,
    gained: FloatArray,
    posterior: FloatArray,
    right: FloatArray,
) -> float:
    """Write the posterior of the tasks ``start:stop``, count right answers, and return the log-likelihood.

    Args:
        start: First task.
        stop: The task after the last.
        offsets: Shape (n_tasks + 1,): where the answers of each task begin.
        cells: Shape (n_answers,).
        labels: Shape (n_answers,): the label of each; dividing the cell for it would take longer than the rest.
        golden: Shape (n_tasks,): the known label, -1 where none is known.
        guessed: Shape (n_cells,): log-probability that the annotator guesses the cell's label.
        gained: Shape (n_cells,): by how much the log-probability is higher where it is the true label.
        posterior: Shape (n_tasks, n_labels); written.
        right: Shape (n_cells,): expected number of answers that are the true label; added to.
    """
    n_labels = posterior.shape[1]
    log_likelihood, product = -(stop - start) * math.log(n_labels), 1.0
    for task in range(start, stop):
        for label in range(n_labels):
            posterior[task, label] = 0.0
        for answer in range(offsets[task], offsets[task + 1]):
            cell = cells[answer]
            log_likelihood += guessed[cell]
            posterior[task, labels[answer]] += gained[cell]
        greatest, total = _normalize(task, golden[task], posterior)
        log_likelihood += greatest
        product *= total
        if product > _GREAT_PRODUCT:  # a logarithm of many together, for the time that each takes
            log_likelihood += math.log(product)
            product = 1.0
        for answer in range(offsets[task], offsets[task + 1]):
            right[cells[answer]] += posterior[task, labels[answer]]
    return log_likelihood + math.log(product)


@compiled
def expect_right_of_products(
    start: int,
    stop: int,
    offsets: OffsetArray,
    cells: IntArray,
    labels: IntArray,
    golden: IntArray,
    gained: FloatArray,
    posterior: FloatArray,
    right: FloatArray,
) -> float:
    """Do what ``expect_right`` does, in half the time, where no product of a task's factors overflows.

    Args:
        start: First task.
        stop: The task after the last.
        offsets: Shape (n_tasks + 1,): where the answers of each task begin.
        cells: Shape (n_answers,).
        labels: Shape (n_answers,): the label of each.
        golden: Shape (n_tasks,): the known label, -1 where none is known.
        gained: Shape (n_cells,): how many times as probable the answer is where it is the true label, from 1 on.
        posterior: Shape (n_tasks, n_labels); written.
        right: Shape (n_cells,): expected number of answers that are the true label; added to.

    Returns:
        What the log-likelihood gains on that of answers all guessed.
    """
    n_labels = posterior.shape[1]
    log_likelihood, product = -(stop - start) * math.log(n_labels), 1.0
    for task in range(start, stop):
        for label in range(n_labels):
            posterior[task, label] = 1.0
        for answer in range(offsets[task], offsets[task + 1]):
            posterior[task, labels[answer]] *= gained[cells[answer]]
        known, total = golden[task], 0.0
        for label in range(n_labels):
            if known >= 0 and label != known:
                posterior[task, label] = 0.0
            total += posterior[task, label]
        for label in range(n_labels):
            posterior[task, label] /= total
        if total > _GREAT_PRODUCT / product:  # a logarithm of many together, for the time that each takes
            log_likelihood += math.log(product)
            product = 1.0
        product *= total
        for answer in range(offsets[task], offsets[task + 1]):
            right[cells[answer]] += posterior[task, labels[answer]]
    return log_likelihood + math.log(product)


@compiled
def count_right(
    start: int,
    stop: int,
    offsets: OffsetArray,
    cells: IntArray,
    labels: IntArray,
    posterior: FloatArray,
    right: FloatArray,
) -> None:
    """Count right answers under a posterior; the arguments are those of ``expect_right``."""
    for task in range(start, stop):
        for answer in range(offsets[task], offsets[task + 1]):
            right[cells[answer]] += posterior[task, labels[answer]]


@compiled
def _normalize(task: int, known: int, posterior: FloatArray) -> tuple[float, float]:
    """Turn a task's logarithms into probabilities; return the greatest, and the sum of all relative to it."""
    n_labels = posterior.shape[1]
    if known >= 0:
        weight: float = posterior[task, known]
        for label in range(n_labels):
            posterior[task, label] = 1.0 if label == known else 0.0
        return weight, 1.0
    greatest = -np.inf
    for label in range(n_labels):
        greatest = max(greatest, posterior[task, label])
    total, of_none = 0.0, math.exp(-greatest)  # what nobody gave has the logarithm 0
    for label in range(n_labels):
        logarithm = posterior[task, label]
        if logarithm == greatest:
            share = 1.0
        elif logarithm == 0.0:
            share = of_none
        else:
            share = math.exp(logarithm - greatest)
        posterior[task, label] = share
        total += share
    factor = 1.0 / total
    for label in range(n_labels):
        posterior[task, label] *= factor
    return greatest, total
