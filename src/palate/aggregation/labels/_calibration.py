"""Posteriors that are as sure as they are right: tempering, and how to see whether it is needed."""

from __future__ import annotations

import numpy as np

from palate.aggregation.labels._predictive import smoothed_confusion
from palate.aggregation.labels._votes import best_labels, task_of_answers
from palate.aggregation.labels.base import Chosen, CodedAnswers, FloatArray

__all__ = [
    "best_temperature",
    "error_correlation",
    "known_label_score",
    "task_temperatures",
    "tempered",
    "tempered_as",
]

_ALWAYS_SHARED, _PER_MEASURED = 0.25, 5.0
"""Correlation of errors within a task: what there is in any crowd, and how much more for each unit that one can see.
Most of it cannot be seen, because a mistake that all make together looks like the truth. Chosen on eight public data
sets with known labels (``bench/accuracy.py``), where 0.2 to 0.35 and 4 to 6 do about as well."""

_DOUBT = 0.01
"""Share of probability that is spread over all labels before a known label is scored: one sure mistake is no veto."""

_TEMPERATURES = 2.0 ** np.arange(-2, 4.5, 0.5)


def tempered(posterior: FloatArray, temperatures: FloatArray | float) -> FloatArray:
    """Return the posterior raised to the power ``1 / temperature`` and normalized; above 1 is less sure.

    What is the best label, or tied for it, stays so: a row so close to a tie that rounding or the tolerance of
    ties would decide it otherwise is left as it is.

    Args:
        posterior: Shape (n_tasks, n_labels); rows sum to 1.
        temperatures: Above 0; one for all tasks, or one a task.

    >>> tempered(np.array([[0.9, 0.1], [1.0, 0.0]]), 2.0)
    array([[0.75, 0.25],
           [1.  , 0.  ]])
    """
    powers = 1 / np.broadcast_to(np.asarray(temperatures, dtype=np.float64), len(posterior))[:, np.newaxis]
    weights = (posterior / posterior.max(axis=1, keepdims=True)) ** powers
    found: FloatArray = weights / weights.sum(axis=1, keepdims=True)
    changed = (best_labels(found) != best_labels(posterior)).any(axis=1)
    found[changed] = posterior[changed]
    return found


def tempered_as(chosen: Chosen, answers: CodedAnswers, posterior: FloatArray) -> FloatArray:
    """Return the posterior tempered as was chosen; as it is where nothing was."""
    if chosen.temperature is not None:
        return tempered(posterior, chosen.temperature)
    if chosen.correlation is not None:
        return tempered(posterior, task_temperatures(answers, chosen.correlation))
    return posterior


def error_correlation(answers: CodedAnswers, posterior: FloatArray) -> float:
    """Return how far annotators are wrong on the same tasks, from 0 to 1: what can be seen of it, and what cannot.

    What can be seen is the mean correlation, over pairs of answers to one task, of what remains when the probability
    of giving the best label is taken from whether the answer is that label. The constants at the top of this
    file turn it into what there is.

    Args:
        answers: What people answered.
        posterior: Shape (n_tasks, n_labels).
    """
    tasks = task_of_answers(answers)
    expected = posterior.argmax(axis=1)[tasks]
    confusion, _ = smoothed_confusion(answers, posterior)
    right = confusion[answers.annotators, expected, expected]
    rest, spread = (answers.labels == expected) - right, np.sqrt(right * (1 - right))
    together, possible = _pair_sum(rest, tasks), _pair_sum(spread, tasks)
    seen = together / possible if possible > 0 else 0.0
    return float(np.clip(_ALWAYS_SHARED + _PER_MEASURED * seen, 0, 1))


def task_temperatures(answers: CodedAnswers, correlation: float) -> FloatArray:
    """Return a temperature a task for posteriors that take answers as independent, shape (n_tasks,).

    Answers with correlated errors are worth fewer independent ones: n of them ``n / (1 + (n - 1) * correlation)``
    (the design effect; Kish, 1965). By as much the logarithm of the posterior is too large.
    """
    temperatures: FloatArray = 1 + (np.diff(answers.offsets) - 1) * correlation
    return temperatures


def known_label_score(posterior: FloatArray, labels: np.ndarray) -> float:
    """Return the mean logarithm of the probability of known labels.

    Args:
        posterior: Shape (n_tasks, n_labels).
        labels: Shape (n_tasks,): the codes of the known ones.
    """
    given = posterior[np.arange(len(labels)), labels]
    return float(np.log((1 - _DOUBT) * given + _DOUBT / posterior.shape[1]).mean())


def best_temperature(posterior: FloatArray, labels: np.ndarray) -> tuple[float, float]:
    """Return the temperature, among powers of the root of 2, at which known labels are most probable, and their score.

    Args:
        posterior: Shape (n_tasks, n_labels): found without the labels of these tasks.
        labels: Shape (n_tasks,): the codes of the known ones.
    """
    values = [known_label_score(tempered(posterior, t), labels) for t in _TEMPERATURES]
    best = int(np.argmax(values))
    return float(_TEMPERATURES[best]), values[best]


def _pair_sum(values: FloatArray, tasks: np.ndarray) -> float:
    """Return the sum over pairs of answers to one task of the product of their values, twice."""
    sums = np.bincount(tasks, weights=values)
    return float((sums**2).sum() - (values**2).sum())
