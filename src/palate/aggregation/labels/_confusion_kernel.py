"""The hot loop of Dawid–Skene: expectation, and the counts for maximization, in one pass over the answers.

The *cell* of an answer is ``annotator * n_labels + label``. Parameters and counts have a row a cell and a column
a true label. Columns are padded to a multiple of four with labels of probability 0 and lie in blocks of four, so that a
task's four numbers stay in registers while its answers go by. Twice as fast again is what the compiler sees as one: functions
are inlined, the places in a block are constants, and cells are unsigned, because a signed one might count from the end.
"""
# ruff: noqa: PLR0917 (compiled functions take flat arrays and counts, by position)

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from palate.core.compiling import compiled, inlined

__all__ = ["LANES", "count_votes", "expect_and_count", "from_blocks", "in_blocks"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
OffsetArray = npt.NDArray[np.int64]

LANES = 4
"""Columns of a block."""

_LEAST_PRODUCT = 1e-22
"""Times the least likelihood of a task that is multiplied out, exp(-650), this is still a normal double."""


def in_blocks(table: FloatArray) -> FloatArray:
    """Return rows of columns as blocks of rows of four columns, the last ones padded with 0.

    Args:
        table: Shape (n_rows, n_columns).

    Returns:
        Shape (n_blocks, n_rows, LANES).
    """
    n_rows, n_columns = table.shape
    padded = np.zeros((n_rows, -(-n_columns // LANES) * LANES))
    padded[:, :n_columns] = table
    return np.ascontiguousarray(padded.reshape(n_rows, -1, LANES).swapaxes(0, 1))


def from_blocks(blocks: FloatArray, n_columns: int) -> FloatArray:
    """Return the table that ``in_blocks`` made blocks of."""
    return blocks.swapaxes(0, 1).reshape(blocks.shape[1], -1)[:, :n_columns]


@compiled
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
        prior: Shape (2, n_blocks, LANES): probability of each label, and its logarithm.
        confusion: Shape (2, n_blocks, n_cells, LANES): ``[0, block, cell, lane]`` is the probability that the
            annotator gives the cell's label to a task whose label is this column; ``[1]`` holds its logarithm.
        most_factors: How many probabilities can be multiplied without underflow.
        posterior: Shape (n_tasks, n_blocks, LANES); written.
        counts: Shape (n_blocks, n_cells, LANES); added to.
        votes: Shape (n_blocks, LANES): sum of the posterior; added to.
    """
    log_likelihood, likelihood, n_left = 0.0, 1.0, 0
    for task in range(start, stop):
        first, end = offsets[task], offsets[task + 1]
        if golden[task] >= 0 or end - first >= most_factors:
            n_left += 1  # a call here would slow the loop down to half its speed
            continue
        total = _multiply(task, first, end, cells, prior[0], confusion[0], posterior)
        likelihood *= total
        if likelihood < _LEAST_PRODUCT:  # taking a logarithm seldom saves a quarter of the time
            log_likelihood += math.log(likelihood)
            likelihood = 1.0
        _scale_and_count(task, first, end, cells, 1.0 / total, posterior, counts)
    if n_left:
        log_likelihood += _expect_and_count_left(
            start, stop, offsets, cells, golden, prior, confusion, most_factors, posterior, counts
        )
    _sum(start, stop, posterior, votes)
    return log_likelihood + math.log(likelihood)


@compiled
def _expect_and_count_left(
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
    """Do what ``expect_and_count`` does for tasks with a known label or so many answers that products underflow."""
    log_likelihood = 0.0
    for task in range(start, stop):
        first, end, total = offsets[task], offsets[task + 1], 1.0
        if golden[task] >= 0:
            log_likelihood += _clamp(task, first, end, cells, golden[task], prior[1], confusion[1], posterior)
        elif end - first >= most_factors:
            greatest, total = _add_logarithms(task, first, end, cells, prior[1], confusion[1], posterior)
            log_likelihood += greatest + math.log(total)
        else:
            continue
        _scale_and_count(task, first, end, cells, 1.0 / total, posterior, counts)
    return log_likelihood


@compiled
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
        _scale_and_count(task, offsets[task], offsets[task + 1], cells, 1.0, posterior, counts)
    _sum(start, stop, posterior, votes)


@compiled
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
    block, lane = known // LANES, known % LANES
    log_likelihood: float = prior[block, lane]
    for answer in range(first, end):
        log_likelihood += confusion[block, cells[answer], lane]
    posterior[task] = 0.0
    posterior[task, block, lane] = 1.0
    return log_likelihood


@inlined
def _multiply(
    task: int,
    first: int,
    end: int,
    cells: IntArray,
    prior: FloatArray,
    confusion: FloatArray,
    posterior: FloatArray,
) -> float:
    """Write a multiple of the posterior of a task with few answers; return its sum, which is their likelihood."""
    total = 0.0
    for block in range(len(prior)):
        p0, p1, p2, p3 = prior[block, 0], prior[block, 1], prior[block, 2], prior[block, 3]
        for answer in range(first, end):
            cell = np.uintp(cells[answer])
            p0 *= confusion[block, cell, 0]
            p1 *= confusion[block, cell, 1]
            p2 *= confusion[block, cell, 2]
            p3 *= confusion[block, cell, 3]
        posterior[task, block, 0], posterior[task, block, 1] = p0, p1
        posterior[task, block, 2], posterior[task, block, 3] = p2, p3
        total += p0 + p1 + p2 + p3
    return total


@compiled
def _add_logarithms(
    task: int,
    first: int,
    end: int,
    cells: IntArray,
    prior: FloatArray,
    confusion: FloatArray,
    posterior: FloatArray,
) -> tuple[float, float]:
    """Write a multiple of the posterior of a task with any number of answers.

    Returns:
        The logarithm of their likelihood where it is greatest, and the sum of what is written, relative to it.
    """
    greatest = -np.inf
    for block in range(len(prior)):
        p0, p1, p2, p3 = prior[block, 0], prior[block, 1], prior[block, 2], prior[block, 3]
        for answer in range(first, end):
            cell = np.uintp(cells[answer])
            p0 += confusion[block, cell, 0]
            p1 += confusion[block, cell, 1]
            p2 += confusion[block, cell, 2]
            p3 += confusion[block, cell, 3]
        posterior[task, block, 0], posterior[task, block, 1] = p0, p1
        posterior[task, block, 2], posterior[task, block, 3] = p2, p3
        greatest = max(greatest, p0, p1, p2, p3)
    total = 0.0
    for block in range(len(prior)):
        for lane in range(LANES):
            posterior[task, block, lane] = math.exp(posterior[task, block, lane] - greatest)
            total += posterior[task, block, lane]
    return greatest, total


@inlined
def _scale_and_count(
    task: int, first: int, end: int, cells: IntArray, factor: float, posterior: FloatArray, counts: FloatArray
) -> None:
    """Multiply what is written of a task's posterior by ``factor`` and add it to the counts of its answers' cells."""
    for block in range(len(counts)):
        p0, p1 = posterior[task, block, 0] * factor, posterior[task, block, 1] * factor
        p2, p3 = posterior[task, block, 2] * factor, posterior[task, block, 3] * factor
        posterior[task, block, 0], posterior[task, block, 1] = p0, p1
        posterior[task, block, 2], posterior[task, block, 3] = p2, p3
        for answer in range(first, end):
            cell = np.uintp(cells[answer])
            counts[block, cell, 0] += p0
            counts[block, cell, 1] += p1
            counts[block, cell, 2] += p2
            counts[block, cell, 3] += p3


@inlined
def _sum(start: int, stop: int, posterior: FloatArray, votes: FloatArray) -> None:
    """Add the posterior of the tasks ``start:stop`` to the votes."""
    for block in range(len(votes)):
        v0, v1, v2, v3 = 0.0, 0.0, 0.0, 0.0
        for task in range(start, stop):
            v0 += posterior[task, block, 0]
            v1 += posterior[task, block, 1]
            v2 += posterior[task, block, 2]
            v3 += posterior[task, block, 3]
        votes[block, 0] += v0
        votes[block, 1] += v1
        votes[block, 2] += v2
        votes[block, 3] += v3
