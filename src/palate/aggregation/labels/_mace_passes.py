"""What MACE knows of annotators, improved with each pass over the answers."""

from __future__ import annotations

import numpy as np

from palate.aggregation.labels._dirichlet import divergence, geometric_mean
from palate.aggregation.labels._mace_kernel import count_right, expect_right, expect_right_of_products
from palate.aggregation.labels.base import CodedAnswers, FloatArray
from palate.core.partitions import cut, sum_over_partitions

__all__ = ["MacePasses"]

_ANSWERS_A_PARTITION = 1 << 17
"""About a millisecond of work: enough to outweigh handing it to a thread."""

_GREATEST_EXPONENT = 600.0
"""The exponential of this, times the number of labels, is far from the greatest double."""


class MacePasses:
    """Passes over the answers, each of which leaves a posterior and parameters.

    Args:
        answers: What people answered.
        threads: Most threads at a time; None takes all processors.

    Attributes:
        posterior: float64, shape (n_tasks, n_labels): what the last pass found.
        knows: float64, shape (n_annotators,): the probability to know that it was found with.
        guesses: float64, shape (n_annotators, n_labels): those of guesses, likewise.
    """

    def __init__(self, answers: CodedAnswers, threads: int | None) -> None:
        shape = len(answers.annotator_ids), len(answers.label_values)
        self._answers = answers
        self._threads = threads
        self._cells = answers.annotators * np.int32(shape[1]) + answers.labels
        self._given = np.bincount(self._cells, minlength=shape[0] * shape[1]).reshape(shape).astype(float)
        self._partitions = cut(answers.offsets, max(_ANSWERS_A_PARTITION, 2 * self._given.size))
        self._most_answers = int(np.diff(answers.offsets).max())
        self._known = np.zeros(shape)  # expected answers by knowledge, by label
        self.posterior = np.zeros((len(answers.task_ids), shape[1]))
        self.knows = np.zeros(shape[0])
        self.guesses = np.zeros(shape)

    def start_from(self, posterior: FloatArray) -> None:
        """Take answers for knowledge as far as this posterior, shape (n_tasks, n_labels), agrees with them."""
        self.posterior[:] = posterior

        def share(start: int, stop: int) -> tuple[FloatArray]:
            right = np.zeros(self._given.size)
            count_right(
                start, stop, self._answers.offsets, self._cells, self._answers.labels, self.posterior, right
            )
            return (right,)

        (right,) = sum_over_partitions(share, self._partitions, self._threads)
        self._known = right.reshape(self._given.shape)

    def start_with(self, known: FloatArray) -> None:
        """Take this share of each annotator's answers with each label, shape (n_annotators, n_labels), for knowledge."""
        self._known = self._given * known

    def maximize(self, smoothing: float) -> float:
        """Make a pass of expectation–maximization; return the likelihood's logarithm plus the pseudo-counts'."""
        coins, labels = self._coins() + smoothing, self._guessed() + smoothing
        coins /= coins.sum(axis=1, keepdims=True)
        labels /= labels.sum(axis=1, keepdims=True)
        self.knows, self.guesses = coins[:, 0], labels
        log_prior = smoothing * (np.log(coins).sum() + np.log(labels).sum())
        return self._expect(coins, labels) + float(log_prior)

    def average(self, knowing: float, guessing: float) -> float:
        """Make a pass of variational Bayes; return the bound on the logarithm of the evidence."""
        coins, labels = self._coins() + knowing, self._guessed() + guessing
        self.knows = coins[:, 0] / coins.sum(axis=1)
        self.guesses = labels / labels.sum(axis=1, keepdims=True)
        learned = divergence(coins, np.array(knowing)).sum() + divergence(labels, np.array(guessing)).sum()
        return self._expect(geometric_mean(coins), geometric_mean(labels)) - float(learned)

    def _coins(self) -> FloatArray:
        """Return how many answers of each annotator come of knowing and of guessing."""
        return np.stack([self._known.sum(axis=1), self._guessed().sum(axis=1)], axis=1)

    def _guessed(self) -> FloatArray:
        return np.maximum(self._given - self._known, 0.0)

    def _expect(self, coins: FloatArray, labels: FloatArray) -> float:
        """Find the posterior and what came of knowing; return the log-likelihood of the answers."""
        guessed = (coins[:, 1:] * labels).ravel()
        true = guessed + np.repeat(coins[:, 0], labels.shape[1])
        log_guessed, gained = np.log(guessed), true / guessed
        log_gained = np.log(gained)
        by_products = self._most_answers * float(log_gained.max()) < _GREATEST_EXPONENT
        coded = self._answers

        def share(start: int, stop: int) -> tuple[FloatArray, FloatArray]:
            right = np.zeros(self._given.size)
            given = start, stop, coded.offsets, self._cells, coded.labels, coded.golden
            if by_products:
                found = expect_right_of_products(*given, gained, self.posterior, right)
            else:
                found = expect_right(*given, log_guessed, log_gained, self.posterior, right)
            return right, np.array([found])

        right, log_likelihood = sum_over_partitions(share, self._partitions, self._threads)
        self._known = (right * (1 - guessed / true)).reshape(self._given.shape)
        of_guesses = float(self._given.ravel() @ log_guessed) if by_products else 0.0
        return of_guesses + float(log_likelihood[0])
