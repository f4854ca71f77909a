"""What the answers say before any model: the share of votes for each label, and who shares them."""

from __future__ import annotations

from functools import reduce

import numpy as np
import numpy.typing as npt

from palate.aggregation.labels.base import CodedAnswers, FloatArray
from palate.core.coding import IntArray

__all__ = [
    "agreement_with",
    "best_labels",
    "highest",
    "n_true",
    "share_of_given",
    "task_of_answers",
    "vote_shares",
]

_TIE = 1e-9
"""Posteriors that differ by less are tied: the order of a sum's terms moves its last digits."""

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
    n_tasks, n_labels = len(answers.task_ids), len(answers.label_values)
    cells = _cells(answers)
    counts = None if weights is None else weights[answers.annotators]
    votes = np.bincount(cells, weights=counts, minlength=n_tasks * n_labels).reshape(n_tasks, n_labels)
    totals = np.diff(answers.offsets) if counts is None else votes.sum(axis=1)
    silent = np.flatnonzero(totals == 0)
    totals[silent] = 1
    shares: FloatArray = votes / totals[:, np.newaxis]
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
    n_annotators = len(answers.annotator_ids)
    given = table.ravel().take(_cells(answers))
    n_answers = np.bincount(answers.annotators, minlength=n_annotators)
    return np.bincount(answers.annotators, weights=given, minlength=n_annotators) / n_answers


def agreement_with(answers: CodedAnswers, posterior: FloatArray) -> FloatArray:
    """Return the share of each annotator's answers that equal the best label, shape (n_annotators,).

    Where m labels are tied for the best, an answer with one of them counts 1/m.
    """
    best = best_labels(posterior)
    return share_of_given(answers, best / n_true(best)[:, np.newaxis])


def best_labels(posterior: FloatArray) -> npt.NDArray[np.bool_]:
    """Return which labels of each row are its highest, to within 1e-9: more than one where they are tied."""
    best: npt.NDArray[np.bool_] = posterior >= highest(posterior)[:, np.newaxis] - _TIE
    return best


def highest(table: FloatArray) -> FloatArray:
    """Return ``table.max(axis=1)``, several times faster than that where there are few columns."""
    few = table.shape[1] <= _FEW_COLUMNS
    found: FloatArray = reduce(np.maximum, table.T) if few else table.max(axis=1)
    return found


def n_true(table: npt.NDArray[np.bool_]) -> npt.NDArray[np.integer]:
    """Return ``table.sum(axis=1)``, several times faster than that where there are few columns."""
    few = table.shape[1] <= _FEW_COLUMNS
    found: npt.NDArray[np.integer] = reduce(np.add, table.view(np.int8).T) if few else table.sum(axis=1)
    return found


def _cells(answers: CodedAnswers) -> npt.NDArray[np.int64]:
    """Return where each answer's task and label are in a flat table of all tasks and labels."""
    first = np.arange(len(answers.task_ids)) * len(answers.label_values)
    cells: npt.NDArray[np.int64] = np.repeat(first, np.diff(answers.offsets))
    cells += answers.labels
    return cells
