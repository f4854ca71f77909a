"""Answers that depend on annotator and task: their penalized likelihood and its gradient, a sum over partitions."""

from __future__ import annotations

import numpy as np

from palate.aggregation.labels.base import CodedAnswers, FloatArray
from palate.core.partitions import cut, sum_over_partitions

__all__ = ["TaskConfusions"]

_CELLS_A_PARTITION = 1 << 18
"""Answers times labels squared worked on at a time (2 MiB an array): they stay in the processor's cache."""


class TaskConfusions:
    """The likelihood of answers l to tasks of true label c: softmax over l of ``annotator[c, l] + task[c, l]``.

    True labels are equally probable beforehand; those of golden tasks are known.

    Args:
        answers: What people answered.
        annotator_penalty: Half of it times the squares of the annotators' numbers, from ``rightness`` on the diagonal
            and 0 elsewhere, is taken from the objective.
        task_penalty: Likewise for the tasks' numbers, from 0.
        rightness: What the annotators' numbers for right answers are drawn to.
        threads: Most threads at a time; None takes all processors.
    """

    def __init__(
        self,
        answers: CodedAnswers,
        annotator_penalty: float,
        task_penalty: float,
        rightness: float,
        threads: int | None,
    ) -> None:
        self._answers = answers
        self._penalties = (annotator_penalty, task_penalty)
        self._threads = threads
        n_labels = len(answers.label_values)
        self._expected = rightness * np.eye(n_labels)
        self.annotator_shape = (len(answers.annotator_ids), n_labels, n_labels)
        self.task_shape = (len(answers.task_ids), n_labels, n_labels)
        self._partitions = cut(answers.offsets, max(1, _CELLS_A_PARTITION // n_labels**2))
        self.posterior = np.zeros(self.task_shape[:2])
        """Of the true labels, under the numbers last given: float64, shape (n_tasks, n_labels)."""

    def split(self, numbers: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the annotators' and the tasks' numbers from all in one row."""
        size = int(np.prod(self.annotator_shape))
        return numbers[:size].reshape(self.annotator_shape), numbers[size:].reshape(self.task_shape)

    def objective(self, numbers: FloatArray) -> tuple[float, FloatArray]:
        """Return the penalized log-likelihood of the answers, and its gradient; leave the posterior."""
        of_annotators, of_tasks = self.split(numbers)
        gradient = np.zeros_like(numbers)
        by_annotator, by_task = self.split(gradient)

        def share(start: int, stop: int) -> tuple[FloatArray, ...]:
            likelihood, slope = self._share(start, stop, of_annotators, of_tasks, by_task)
            return np.array([likelihood]), slope

        likelihood, slope = sum_over_partitions(share, self._partitions, self._threads)
        for_annotators, for_tasks = self._penalties
        off = of_annotators - self._expected
        by_annotator += slope - for_annotators * off
        by_task -= for_tasks * of_tasks
        penalty = for_annotators * np.sum(off**2) + for_tasks * np.sum(of_tasks**2)
        return float(likelihood[0]) - 0.5 * float(penalty), gradient

    def _share(
        self, start: int, stop: int, of_annotators: FloatArray, of_tasks: FloatArray, by_task: FloatArray
    ) -> tuple[float, FloatArray]:
        """Return the log-likelihood of the tasks ``start:stop`` and its slope in the annotators' numbers.

        The slope in the tasks' numbers and the posterior are written: no two partitions share a task.
        """
        from scipy.sparse import csr_array

        offsets = self._answers.offsets[start : stop + 1]
        first, end = int(offsets[0]), int(offsets[-1])
        n_labels, rows = self.task_shape[1], np.arange(end - first)
        annotators, labels = self._answers.annotators[first:end], self._answers.labels[first:end]
        tasks = np.repeat(np.arange(start, stop), np.diff(offsets))
        chances = of_annotators[annotators] + of_tasks[tasks]
        chances -= chances.max(axis=2, keepdims=True)
        np.exp(chances, out=chances)
        chances /= chances.sum(axis=2, keepdims=True)
        given = np.log(np.maximum(chances[rows, :, labels], np.finfo(np.float64).tiny))
        joint = np.add.reduceat(given, offsets[:-1] - first, axis=0) - np.log(n_labels)
        golden = self._answers.golden[start:stop]
        known = np.flatnonzero(golden >= 0)
        certain = joint[known, golden[known]]
        joint[known] = -np.inf
        joint[known, golden[known]] = certain
        total = np.logaddexp.reduce(joint, axis=1)
        posterior = np.exp(joint - total[:, np.newaxis])
        self.posterior[start:stop] = posterior
        chances *= -1.0
        chances[rows, :, labels] += 1.0
        chances *= posterior[tasks - start][:, :, np.newaxis]
        by_task[start:stop] = np.add.reduceat(chances, offsets[:-1] - first, axis=0)
        whose = csr_array(
            (np.ones(end - first), (annotators, rows)), shape=(self.annotator_shape[0], end - first)
        )
        slope = np.asarray(whose @ chances.reshape(end - first, n_labels**2), dtype=np.float64)
        return float(total.sum()), slope.reshape(self.annotator_shape)
