"""Tasks' values and annotators' biases under a normal model: their joint posterior, exactly.

An answer is ``value + bias + noise``; values are normal around a mean, biases around 0, noise around 0 with a precision
an annotator. Given these parameters values and biases are jointly normal. Values are independent given the biases, so
that they drop out and a system with a row an annotator is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from palate.aggregation.numeric._errors import sum_by_annotator, sum_by_task
from palate.aggregation.numeric.base import CodedNumbers, FloatArray

__all__ = ["BiasModel", "BiasPosterior", "posterior"]

_BLOCK = 1 << 20
"""Covariances of tasks and annotators held in memory at a time (8 MiB)."""

_LOG_2_PI = float(np.log(2 * np.pi))


@dataclass(frozen=True)
class BiasModel:
    """The parameters.

    Args:
        mean: Of the tasks' values.
        value_variance: Of the tasks' values around it.
        bias_variance: Of the annotators' biases around 0.
        precision: float64, shape (n_annotators,): one over the variance of an annotator's noise.
    """

    mean: float
    value_variance: float
    bias_variance: float
    precision: FloatArray


@dataclass(frozen=True)
class BiasPosterior:
    """What answers say about values and biases under a model.

    Args:
        value: float64, shape (n_tasks,): posterior mean; the known value of golden tasks.
        value_variance: Shape (n_tasks,); 0 for golden tasks.
        bias: float64, shape (n_annotators,): posterior mean.
        bias_variance: Shape (n_annotators,).
        squared_noise: Shape (n_annotators,): expected sum of the squared noise of each annotator's answers.
        log_likelihood: Logarithm of the probability density of the answers and of the golden values.
    """

    value: FloatArray
    value_variance: FloatArray
    bias: FloatArray
    bias_variance: FloatArray
    squared_noise: FloatArray
    log_likelihood: float


def posterior(answers: CodedNumbers, model: BiasModel) -> BiasPosterior:
    """Return the posterior of values and biases, and the marginal likelihood."""
    from scipy.linalg import cho_factor, cho_solve
    from scipy.sparse import csr_array

    n_tasks, n_annotators = len(answers.task_ids), len(answers.annotator_ids)
    precision = model.precision[answers.annotators]
    known = np.isfinite(answers.golden)
    task_precision = 1 / model.value_variance + sum_by_task(answers, precision)
    # What a unit of an annotator's bias takes from the expected value of each task they answered.
    pull = np.where(known[answers.tasks], 0.0, precision / task_precision[answers.tasks])
    shape = (n_tasks, n_annotators)
    pulls = csr_array((pull, answers.annotators, answers.offsets), shape=shape)
    weights = csr_array((precision, answers.annotators, answers.offsets), shape=shape)
    unbiased = model.mean / model.value_variance + sum_by_task(answers, precision * answers.values)
    unbiased = np.where(known, answers.golden, unbiased / task_precision)
    bias_precision = -(weights.T @ pulls).toarray()
    bias_precision[np.diag_indices(n_annotators)] += 1 / model.bias_variance + sum_by_annotator(
        answers, precision
    )
    factor = cho_factor(bias_precision, lower=True)
    covariance = cho_solve(factor, np.eye(n_annotators))
    bias = cho_solve(
        factor, sum_by_annotator(answers, precision * (answers.values - unbiased[answers.tasks]))
    )
    value = unbiased - pulls @ bias
    shared = _covariances(answers, pulls, covariance)
    value_variance = np.where(known, 0.0, 1 / task_precision + sum_by_task(answers, pull * shared))
    bias_variance = covariance.diagonal().copy()
    noise = answers.values - value[answers.tasks] - bias[answers.annotators]
    squares = noise**2 + value_variance[answers.tasks] + bias_variance[answers.annotators] - 2 * shared
    log_determinant = 2 * float(np.sum(np.log(factor[0].diagonal()))) + float(
        np.sum(np.log(task_precision[~known]))
    )
    return BiasPosterior(
        value=value,
        value_variance=value_variance,
        bias=bias,
        bias_variance=bias_variance,
        squared_noise=sum_by_annotator(answers, squares),
        log_likelihood=_log_density(model, noise, value, bias, precision)
        + 0.5 * (np.count_nonzero(~known) + n_annotators) * _LOG_2_PI
        - 0.5 * log_determinant,
    )


def _covariances(answers: CodedNumbers, pulls: Any, covariance: FloatArray) -> FloatArray:
    """Return, an answer, how far its task's value falls with its annotator's bias: minus their covariance."""
    found = np.empty(len(answers.values))
    rows = max(1, _BLOCK // len(covariance))
    for start in range(0, len(answers.task_ids), rows):
        stop = min(start + rows, len(answers.task_ids))
        first, end = answers.offsets[start], answers.offsets[stop]
        block = pulls[start:stop] @ covariance
        found[first:end] = block[answers.tasks[first:end] - start, answers.annotators[first:end]]
    return found


def _log_density(
    model: BiasModel,
    noise: FloatArray,
    value: FloatArray,
    bias: FloatArray,
    precision: FloatArray,
) -> float:
    """Return the logarithm of the joint density of answers, values and biases."""
    off = value - model.mean
    squares = np.sum(precision * noise**2) + np.sum(off**2) / model.value_variance
    squares += np.sum(bias**2) / model.bias_variance
    scales = len(value) * np.log(model.value_variance) + len(bias) * np.log(model.bias_variance)
    scales -= np.sum(np.log(precision))
    n_terms = len(noise) + len(value) + len(bias)
    return -0.5 * float(squares + scales + n_terms * _LOG_2_PI)
