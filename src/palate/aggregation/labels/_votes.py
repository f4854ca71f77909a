"""What the answers say before any model: the share of votes for each label, and who shares them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt

from palate.aggregation.labels._coded import CodedAnswers, FloatArray
from palate.core.coding import IntArray
from palate.core.partitions import cut

__all__ = [
    "agreement_with",
    "best_labels",
    "first_true",
    "highest",
    "n_by_decision",
    "n_equal",
    "n_true",
    "share_of_given",
    "task_of_answers",
    "vote_shares",
]

_TIE = 1e-9
"""Posteriors that differ by less are tied: the order of a sum's terms moves its last digits."""

_ANSWERS_A_BLOCK = 1 << 15

_FEW_COLUMNS = 16
"""Up to so many, whole columns are taken together rather than the few numbers of each row."""


def vote_shares(answers: CodedAnswers, weights: FloatArray | None = None) -> FloatArray:
    """Return the share of each task's votes that each label got; 1 for the known label of golden tasks.

    Args:
        answers: What people answered.
        weights: Shape (n_annotators,), from 0 on: how much a vote of each counts; all count the same by
            default. A task none of whose votes counts is decided as if all did.

    Returns:
        float64, shape (n_tasks, n_labels); rows sum to 1.
    """
    shares = np.empty((len(answers.task_ids), len(answers.label_values)))
    totals = np.diff(answers.offsets).astype(np.float64)
    for block in _blocks(answers):
        counts = None if weights is None else weights[answers.annotators[block.rows]]
        table = shares[block.tasks]
        votes = np.bincount(block.cells, weights=counts, minlength=table.size).reshape(table.shape)
        if counts is not None:
            totals[block.tasks] = votes.sum(axis=1)
        with np.errstate(invalid="ignore"):
            np.divide(votes, totals[block.tasks, np.newaxis], out=table)
    silent = np.flatnonzero(totals == 0)
    if len(silent):
        shares[silent] = vote_shares(answers)[silent]
    known = np.flatnonzero(answers.golden >= 0)
    shares[known] = 0.0
    shares[known, answers.golden[known]] = 1.0
    return shares


def task_of_answers(answers: CodedAnswers) -> IntArray:
    """Return the task's code of every answer: int32, shape (n_answers,)."""
    return np.repeat(np.arange(len(answers.task_ids), dtype=np.int32), np.diff(answers.offsets))


def share_of_given(answers: CodedAnswers, table: FloatArray) -> FloatArray:
    """Return the mean of ``table[task, label]`` over the answers of each annotator, shape (n_annotators,)."""
    sums = np.zeros(len(answers.annotator_ids))
    for block in _blocks(answers, len(sums)):
        given = table[block.tasks].ravel().take(block.cells)
        sums += np.bincount(answers.annotators[block.rows], weights=given, minlength=len(sums))
    return sums / answers.answers_each


def n_equal(answers: CodedAnswers, expected: IntArray) -> npt.NDArray[np.int64]:
    """Return how many answers of each annotator equal what is expected of the task, shape (n_annotators,)."""
    equal = np.zeros(len(answers.annotator_ids))
    for block in _blocks(answers, len(equal)):
        right = np.repeat(expected[block.tasks], block.sizes) == answers.labels[block.rows]
        equal += np.bincount(answers.annotators[block.rows], weights=right, minlength=len(equal))
    return equal.astype(np.int64)


def n_by_decision(answers: CodedAnswers, decided: IntArray) -> npt.NDArray[np.int64]:
    """Return how many answers each annotator gave to tasks decided for each label.

    Args:
        answers: What people answered.
        decided: Shape (n_tasks,): the label of each.

    Returns:
        Shape (n_annotators, n_labels).
    """
    n_annotators, n_labels = len(answers.annotator_ids), len(answers.label_values)
    given = np.zeros(n_annotators * n_labels, dtype=np.int64)
    for block in _blocks(answers, len(given)):
        cells = answers.annotators[block.rows] * np.int64(n_labels)
        cells += np.repeat(decided[block.tasks], block.sizes)
        given += np.bincount(cells, minlength=len(given))
    return given.reshape(n_annotators, n_labels)


def agreement_with(answers: CodedAnswers, posterior: FloatArray) -> FloatArray:
    """Return the share of each annotator's answers that equal the best label, shape (n_annotators,).

    Where m labels are tied for the best, an answer with one of them counts 1/m.
    """
    best = best_labels(posterior)
    return share_of_given(answers, best / n_true(best)[:, np.newaxis])


def best_labels(posterior: FloatArray, top: FloatArray | None = None) -> npt.NDArray[np.bool_]:
    """Return which labels of each row are its highest, to within 1e-9: more than one where they are tied.

    Args:
        posterior: Shape (n_tasks, n_labels).
        top: What ``highest`` returns of it, if known.
    """
    top = highest(posterior) if top is None else top
    best: npt.NDArray[np.bool_] = posterior >= top[:, np.newaxis] - _TIE
    return best


def highest(table: FloatArray) -> FloatArray:
    """Return ``table.max(axis=1)``, several times faster than that where there are few columns."""
    few = table.shape[1] <= _FEW_COLUMNS
    found: FloatArray = reduce(np.maximum, table.T) if few else table.max(axis=1)
    return found


def first_true(table: npt.NDArray[np.bool_]) -> IntArray:
    """Return ``table.argmax(axis=1)``, several times faster than that where there are few columns.

    A true one must be in every row.
    """
    first: IntArray = np.zeros(len(table), dtype=np.int32)
    if table.shape[1] > _FEW_COLUMNS:
        first[:] = table.argmax(axis=1)
        return first
    none_yet = np.ones(len(table), dtype=np.bool_)
    for column in table.T[:-1]:
        none_yet &= ~column
        first += none_yet
    return first


def n_true(table: npt.NDArray[np.bool_]) -> npt.NDArray[np.integer]:
    """Return ``table.sum(axis=1)``, several times faster than that where there are few columns."""
    few = table.shape[1] <= _FEW_COLUMNS
    found: npt.NDArray[np.integer] = reduce(np.add, table.view(np.int8).T) if few else table.sum(axis=1)
    return found


@dataclass(frozen=True)
class _Block:
    """Some consecutive tasks.

    Args:
        tasks: Which.
        rows: Their answers.
        sizes: int64, shape (n_tasks,): how many answers each has.
        labels: int32, shape (n_answers,): of these answers.
        n_labels: How many labels there are.
    """

    tasks: slice
    rows: slice
    sizes: npt.NDArray[np.int64]
    labels: IntArray
    n_labels: int

    @property
    def cells(self) -> npt.NDArray[np.int64]:
        """Where each answer's task and label are in the flat table of these tasks and all labels."""
        cells: npt.NDArray[np.int64] = np.repeat(np.arange(len(self.sizes)) * self.n_labels, self.sizes)
        cells += self.labels
        return cells


def _blocks(answers: CodedAnswers, n_sums: int = 0) -> Iterator[_Block]:
    """Give all tasks in blocks whose work stays in the processor's cache: half the time of taking all at once.

    Args:
        answers: What people answered.
        n_sums: How many numbers are added up after each block; adding must not take longer than the block.
    """
    for start, stop in cut(answers.offsets, max(_ANSWERS_A_BLOCK, 2 * n_sums)):
        offsets = answers.offsets[start : stop + 1]
        rows = slice(int(offsets[0]), int(offsets[-1]))
        yield _Block(
            slice(start, stop), rows, np.diff(offsets), answers.labels[rows], len(answers.label_values)
        )
