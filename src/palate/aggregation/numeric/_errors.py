"""Sums over tasks and annotators, and how annotators stray from the values found."""

from __future__ import annotations

import numpy as np

from palate.aggregation.numeric.base import CodedNumbers, FloatArray

__all__ = [
    "answers_of",
    "bias_and_spread",
    "pooled_variance",
    "sum_by_annotator",
    "sum_by_task",
    "with_golden",
]


def sum_by_task(answers: CodedNumbers, numbers: FloatArray) -> FloatArray:
    """Return the sum of a number an answer over the answers of each task."""
    sums = np.bincount(answers.tasks, weights=numbers, minlength=len(answers.task_ids))
    return sums.astype(np.float64, copy=False)


def sum_by_annotator(answers: CodedNumbers, numbers: FloatArray) -> FloatArray:
    """Return the sum of a number an answer over the answers of each annotator."""
    sums = np.bincount(answers.annotators, weights=numbers, minlength=len(answers.annotator_ids))
    return sums.astype(np.float64, copy=False)


def answers_of(answers: CodedNumbers) -> tuple[FloatArray, FloatArray]:
    """Return how many answers each task has, and each annotator gave."""
    every = np.ones(len(answers.values))
    return sum_by_task(answers, every), sum_by_annotator(answers, every)


def with_golden(answers: CodedNumbers, value: FloatArray) -> FloatArray:
    """Return values with the known ones in place of what was found."""
    return np.where(np.isnan(answers.golden), value, answers.golden)


def pooled_variance(answers: CodedNumbers) -> tuple[float, float]:
    """Return the variance of answers around the mean of their task, and its degrees of freedom.

    NaN and 0 where no task has two answers.
    """
    n_answers, _ = answers_of(answers)
    mean = sum_by_task(answers, answers.values) / n_answers
    freedom = float(len(answers.values) - len(mean))
    squares = float(np.sum((answers.values - mean[answers.tasks]) ** 2))
    return (squares / freedom if freedom > 0 else np.nan), freedom


def bias_and_spread(answers: CodedNumbers, value: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the mean error of each annotator, and the standard deviation of their errors (NaN for one answer)."""
    error = answers.values - value[answers.tasks]
    _, n_answers = answers_of(answers)
    bias = sum_by_annotator(answers, error) / n_answers
    squares = sum_by_annotator(answers, (error - bias[answers.annotators]) ** 2)
    spread = np.full(len(bias), np.nan)
    np.divide(squares, n_answers - 1, out=spread, where=n_answers > 1)
    return bias, np.sqrt(spread)
