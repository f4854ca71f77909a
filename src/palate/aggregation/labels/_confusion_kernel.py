"""The hot loop of Dawid–Skene: expectation, and the counts for maximization, in one pass over the answers.

The *cell* of an answer is ``annotator * n_labels + label``. Parameters and counts have a row a cell and a column
a true label. Columns are padded to a multiple of four with labels of probability 0, and taken four at a time, so
that a task's four numbers stay in registers while its answers go by: twice as fast as a loop over the labels.
"""
# ruff: noqa: PLR0917 (compiled functions take flat arrays and counts, by position)

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

__all__ = ["LANES", "count_votes", "expect_and_count"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
OffsetArray = npt.NDArray[np.int64]

LANES = 4
"""Of how many columns the number must be a multiple."""

_LEAST_PRODUCT = 1e-22
"""Times the least likelihood of a task that is multiplied out, exp(-650), this is still a normal double."""

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def _compiled(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Compile to machine code that releases the interpreter's lock; numba's own decorator has no types."""
    compiled: Any
    try:
        compiled = numba.njit(nogil=True, error_model="numpy", cache=True)(function)
    except RuntimeError:  # nowhere to keep what is compiled, as on a read-only disk
        compiled = numba.njit(nogil=True, error_model="numpy")(function)
    return cast("Callable[_Arguments, _Result]", compiled)


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
    votes: FloatArray,
) -> float:
    """Write the posterior of the tasks ``start:stop``, count it, and return their log-likelihood.

    Args:
        start: First task.
        stop: The task after the last.
        offsets: Shape (n_tasks + 1,): where the answers of each task begin.
        cells: Shape (n_answers,).
        golden: Shape (n_tasks,): the known label, -1 where none is known.
        prior: Shape (2, n_columns): probability of each label, and its logarithm.
        confusion: Shape (2, n_cells, n_columns): ``[0, cell, truth]`` is the probability that the annotator
            gives the cell's label to a task whose label is truth; ``[1]`` holds its logarithm.
        most_factors: How many probabilities can be multiplied without underflow.
        posterior: Shape (n_tasks, n_columns); written.
        counts: Shape (n_cells, n_columns); added to.
        votes: Shape (n_columns,): sum of the posterior; added to.
    """
    log_likelihood, likelihood = 0.0, 1.0
    for task in range(start, stop):
        first, end = offsets[task], offsets[task + 1]
        if golden[task] >= 0:
            log_likelihood += _clamp(task, first, end, cells, golden[task], prior, confusion, posterior)
        elif end - first < most_factors:
            likelihood *= _multiply(task, first, end, cells, prior, confusion, posterior)
            if likelihood < _LEAST_PRODUCT:  # taking a logarithm seldom saves a quarter of the time
                log_likelihood += math.log(likelihood)
                likelihood = 1.0
        else:
            log_likelihood += _add_logarithms(task, first, end, cells, prior, confusion, posterior)
        _count(task, first, end, cells, posterior, counts)
    _sum(start, stop, posterior, votes)
    return log_likelihood + math.log(likelihood)


@_compiled
def count_votes(
    start: int,
    stop: int,
    offsets: OffsetArray,
    cells: IntArray,
    posterior: FloatArray,
    counts: FloatArray,
    votes: FloatArray,
) -> None:
    """Count the posterior of the tasks ``start:stop``; the arguments are those of ``expect_and_count``."""
    for task in range(start, stop):
        _count(task, offsets[task], offsets[task + 1], cells, posterior, counts)
    _sum(start, stop, posterior, votes)


@_compiled
def _clamp(
    task: int,
    first: int,
    end: int,
    cells: IntArray,
    known: int,
    prior: FloatArray,
    confusion: FloatArray,
    posterior: FloatArray,
) -> float:
    """Write that the known label is certain; return the log-likelihood of it and the answers."""
    log_likelihood: float = prior[1, known]
    for answer in range(first, end):
        log_likelihood += confusion[1, cells[answer], known]
    for truth in range(posterior.shape[1]):
        posterior[task, truth] = 1.0 if truth == known else 0.0
    return log_likelihood


@_compiled
def _multiply(
    task: int,
    first: int,
    end: int,
    cells: IntArray,
    prior: FloatArray,
    confusion: FloatArray,
    posterior: FloatArray,
) -> float:
    """Write the posterior of a task with few answers; return their likelihood."""
    total = 0.0
    for lane in range(0, posterior.shape[1], LANES):
        p0, p1, p2, p3 = prior[0, lane], prior[0, lane + 1], prior[0, lane + 2], prior[0, lane + 3]
        for answer in range(first, end):
            cell = cells[answer]
            p0 *= confusion[0, cell, lane]
            p1 *= confusion[0, cell, lane + 1]
            p2 *= confusion[0, cell, lane + 2]
            p3 *= confusion[0, cell, lane + 3]
        posterior[task, lane], posterior[task, lane + 1] = p0, p1
        posterior[task, lane + 2], posterior[task, lane + 3] = p2, p3
        total += p0 + p1 + p2 + p3
    _scale(task, 1.0 / total, posterior)
    return total


@_compiled
def _add_logarithms(
    task: int,
    first: int,
    end: int,
    cells: IntArray,
    prior: FloatArray,
    confusion: FloatArray,
    posterior: FloatArray,
) -> float:
    """Write the posterior of a task with any number of answers; return their log-likelihood."""
    greatest = -np.inf
    for lane in range(0, posterior.shape[1], LANES):
        p0, p1, p2, p3 = prior[1, lane], prior[1, lane + 1], prior[1, lane + 2], prior[1, lane + 3]
        for answer in range(first, end):
            cell = cells[answer]
            p0 += confusion[1, cell, lane]
            p1 += confusion[1, cell, lane + 1]
            p2 += confusion[1, cell, lane + 2]
            p3 += confusion[1, cell, lane + 3]
        posterior[task, lane], posterior[task, lane + 1] = p0, p1
        posterior[task, lane + 2], posterior[task, lane + 3] = p2, p3
        greatest = max(greatest, p0, p1, p2, p3)
    total = 0.0
    for truth in range(posterior.shape[1]):
        posterior[task, truth] = math.exp(posterior[task, truth] - greatest)
        total += posterior[task, truth]
    _scale(task, 1.0 / total, posterior)
    return greatest + math.log(total)


@_compiled
def _scale(task: int, factor: float, posterior: FloatArray) -> None:
    for lane in range(0, posterior.shape[1], LANES):
        posterior[task, lane] *= factor
        posterior[task, lane + 1] *= factor
        posterior[task, lane + 2] *= factor
        posterior[task, lane + 3] *= factor


@_compiled
def _count(
    task: int, first: int, end: int, cells: IntArray, posterior: FloatArray, counts: FloatArray
) -> None:
    """Add a task's posterior to the counts of its answers' cells."""
    for lane in range(0, posterior.shape[1], LANES):
        p0, p1 = posterior[task, lane], posterior[task, lane + 1]
        p2, p3 = posterior[task, lane + 2], posterior[task, lane + 3]
        for answer in range(first, end):
            cell = cells[answer]
            counts[cell, lane] += p0
            counts[cell, lane + 1] += p1
            counts[cell, lane + 2] += p2
            counts[cell, lane + 3] += p3


@_compiled
def _sum(start: int, stop: int, posterior: FloatArray, votes: FloatArray) -> None:
    """Add the posterior of the tasks ``start:stop`` to the votes."""
    for lane in range(0, posterior.shape[1], LANES):
        v0, v1, v2, v3 = 0.0, 0.0, 0.0, 0.0
        for task in range(start, stop):
            v0 += posterior[task, lane]
            v1 += posterior[task, lane + 1]
            v2 += posterior[task, lane + 2]
            v3 += posterior[task, lane + 3]
        votes[lane] += v0
        votes[lane + 1] += v1
        votes[lane + 2] += v2
        votes[lane + 3] += v3
