"""What the answers say before any model: the share of votes for each label."""

from __future__ import annotations

import numpy as np

from palate.aggregation.labels.base import CodedAnswers, FloatArray
from palate.core.coding import IntArray

__all__ = ["task_of_answers", "vote_shares"]


def vote_shares(answers: CodedAnswers) -> FloatArray:
    """Return the share of each task's answers that each label got; 1 for the known label of golden tasks.

    Returns:
        float64, shape (n_tasks, n_labels); rows sum to 1.
    """
    n_tasks, n_labels = len(answers.task_ids), len(answers.label_values)
    cells = task_of_answers(answers) * np.int64(n_labels) + answers.labels
    votes = np.bincount(cells, minlength=n_tasks * n_labels).reshape(n_tasks, n_labels)
    shares: FloatArray = votes / np.diff(answers.offsets)[:, np.newaxis]
    known = np.flatnonzero(answers.golden >= 0)
    shares[known] = 0.0
    shares[known, answers.golden[known]] = 1.0
    return shares


def task_of_answers(answers: CodedAnswers) -> IntArray:
    """Return the task's code of every answer: int32, shape (n_answers,)."""
    return np.repeat(np.arange(len(answers.task_ids), dtype=np.int32), np.diff(answers.offsets))
