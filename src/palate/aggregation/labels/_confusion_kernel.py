"""The hot loop of Dawid–Skene: expectation, and the counts for maximization, in one pass over the answers.

The *cell* of an answer is ``annotator * n_labels + label``. Parameters and counts have a row a cell and a column
a true label, so that the inner loops run over neighbouring numbers.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

__all__ = ["count_votes", "expect_and_count"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
OffsetArray = npt.NDArray[np.int64]

_compiled: Any = numba.njit(nogil=True, cache=True, error_model="numpy")


@_compiled
def expect_and_count(
    start: int,
    stop: int,
    offsets: OffsetArray,
    cells: IntArray,
    golden: IntArray,
    prior: FloatArray,
    confusion: FloatArray,
    most_factors: int,
    posterior: FloatArray,
    counts: FloatArray,
) -> float:
    """Write the posterior of the tasks ``start:stop``, count it, and return their log-likelihood.

    Args:
        start: First task.
        stop: The task after the last.
        offsets: Shape (n_tasks + 1,): where the answers of each task begin.
        cells: Shape (n_answers,).
        golden: Shape (n_tasks,): the known label, -1 where none is known.
        prior: Shape (2, n_labels): probability of each label, and its logarithm.
        confusion: Shape (2, n_cells, n_labels): ``[0, cell, truth]`` is the probability that the annotator
            gives the cell's label to a task whose label is truth; ``[1]`` holds its logarithm.
        most_factors: How many probabilities can be multiplied without underflow.
        posterior: Shape (n_tasks, n_labels); written.
        counts: Shape (n_cells, n_labels); added to.
    """
    n_labels = posterior.shape[1]
    log_likelihood = 0.0
    for task in range(start, stop):
        row = posterior[task]
        first, end = offsets[task], offsets[task + 1]
        known = golden[task]
        if known >= 0:
            log_likelihood += prior[1, known]
            for answer in range(first, end):
                log_likelihood += confusion[1, cells[answer], known]
            for truth in range(n_labels):
                row[truth] = 1.0 if truth == known else 0.0
        else:
            if end - first < most_factors:
                _multiply(prior, confusion, cells, first, end, row)
                shift = 0.0
            else:
                shift = _add_logarithms(prior, confusion, cells, first, end, row)
            total = 0.0
            for truth in range(n_labels):
                total += row[truth]
            log_likelihood += shift + math.log(total)
            scale = 1.0 / total
            for truth in range(n_labels):
                row[truth] *= scale
        _count(cells, first, end, row, counts)
    return log_likelihood


@_compiled
def count_votes(
    start: int, stop: int, offsets: OffsetArray, cells: IntArray, posterior: FloatArray, counts: FloatArray
) -> None:
    """Count the posterior of the tasks ``start:stop``; the arguments are those of ``expect_and_count``."""
    for task in range(start, stop):
        _count(cells, offsets[task], offsets[task + 1], posterior[task], counts)


@_compiled
def _multiply(
    prior: FloatArray, confusion: FloatArray, cells: IntArray, first: int, end: int, row: FloatArray
) -> None:
    """Write the joint probability of the answers ``first:end`` and each label."""
    for truth in range(row.size):
        row[truth] = prior[0, truth]
    for answer in range(first, end):
        cell = cells[answer]
        for truth in range(row.size):
            row[truth] *= confusion[0, cell, truth]


@_compiled
def _add_logarithms(
    prior: FloatArray, confusion: FloatArray, cells: IntArray, first: int, end: int, row: FloatArray
) -> float:
    """Write the joint probabilities divided by the greatest, and return the logarithm of that."""
    for truth in range(row.size):
        row[truth] = prior[1, truth]
    for answer in range(first, end):
        cell = cells[answer]
        for truth in range(row.size):
            row[truth] += confusion[1, cell, truth]
    greatest = row[0]
    for truth in range(1, row.size):
        greatest = max(greatest, row[truth])
    for truth in range(row.size):
        row[truth] = math.exp(row[truth] - greatest)
    return greatest


@_compiled
def _count(cells: IntArray, first: int, end: int, row: FloatArray, counts: FloatArray) -> None:
    for answer in range(first, end):
        cell = cells[answer]
        for truth in range(row.size):
            counts[cell, truth] += row[truth]
