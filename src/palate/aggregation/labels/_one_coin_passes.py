"""Passes over the answers for annotators with one accuracy each; every pass is a sum over partitions of tasks."""

from __future__ import annotations

import numpy as np

from palate.aggregation.labels._one_coin_kernel import expect_and_count_right
from palate.aggregation.labels.base import CodedAnswers, FloatArray
from palate.core.partitions import cut, sum_over_partitions

__all__ = ["OneCoinPasses"]

_ANSWERS_A_PARTITION = 1 << 17
"""About a millisecond of work: enough to outweigh handing it to a thread."""

_SAFE_EXPONENT = 650.0
"""exp(650) is far from overflow, exp(-650) still a normal double."""


class OneCoinPasses:
    """Passes over the answers, each of which leaves a posterior.

    Args:
        answers: What people answered.
        threads: Most threads at a time; None takes all processors.
    """

    def __init__(self, answers: CodedAnswers, threads: int | None = None) -> None:
        self._answers = answers
        self._threads = threads
        self._n_answers = np.bincount(answers.annotators, minlength=len(answers.annotator_ids))
        self._partitions = cut(answers.offsets, max(_ANSWERS_A_PARTITION, 2 * len(self._n_answers)))
        self.posterior = np.zeros((len(answers.task_ids), len(answers.label_values)))
        """What the last pass found: float64, shape (n_tasks, n_labels)."""

    def expect(self, skill: FloatArray, prior: FloatArray) -> tuple[FloatArray, FloatArray, float]:
        """Find the posterior if annotators are right with probability ``skill`` and wrong in every way alike.

        Args:
            skill: Shape (n_annotators,), in (0, 1).
            prior: Shape (n_labels,): probability of each label before any answer.

        Returns:
            Expected right answers, shape (n_annotators,); expected tasks of each label, shape (n_labels,); and
            the log-likelihood.
        """
        one_wrong = (1 - skill) / max(len(prior) - 1, 1)
        odds = np.stack([skill / one_wrong, np.log(skill / one_wrong)])
        with np.errstate(divide="ignore"):
            priors = np.stack([prior, np.log(prior)])
        largest = max(np.abs(odds[1]).max(), -priors[1].min(where=prior > 0, initial=-1e-9))

        def share(start: int, stop: int) -> tuple[FloatArray, FloatArray, FloatArray]:
            right, votes = np.zeros(len(skill)), np.zeros(len(prior))
            log_likelihood = expect_and_count_right(
                start,
                stop,
                self._answers.offsets,
                self._answers.annotators,
                self._answers.labels,
                self._answers.golden,
                priors,
                odds,
                int(_SAFE_EXPONENT / largest),
                self.posterior,
                right,
                votes,
            )
            return right, votes, np.array([log_likelihood])

        right, votes, log_likelihood = sum_over_partitions(share, self._partitions, self._threads)
        return right, votes, float(log_likelihood[0] + self._n_answers @ np.log(one_wrong))
