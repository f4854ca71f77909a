"""Messages between tasks and annotators, one each way an answer, for two labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.special import xlogy

from palate.aggregation.labels._votes import task_of_answers
from palate.aggregation.labels.base import CodedAnswers, FloatArray

__all__ = ["Messages", "Settled"]

_NOTHING = 1e-12
"""What is left by rounding where others' messages cancel, next to messages of size 1; scaling must not raise it."""


@dataclass(frozen=True)
class Settled:
    """What the messages say in the end.

    Args:
        votes: Shape (n_tasks,): sum of the messages to each task, above 0 for the second label.
        loudness: Shape (n_tasks,): sum of their sizes.
        converged: Whether the messages no longer changed.
        iterations: How many passes were made.
    """

    votes: FloatArray
    loudness: FloatArray
    converged: bool
    iterations: int


class Messages:
    """The graph along which messages go: an edge an answer, +1 for the second label and -1 for the first."""

    def __init__(self, answers: CodedAnswers) -> None:
        self._tasks = task_of_answers(answers)
        self._annotators = answers.annotators
        self._n_tasks, self._n_annotators = len(answers.task_ids), len(answers.annotator_ids)
        self._elsewhere = np.maximum(np.bincount(self._annotators)[self._annotators] - 1, 1)
        self._signs = 2.0 * answers.labels - 1.0
        known = answers.golden[self._tasks]
        self._known = np.where(known >= 0, 2.0 * known - 1.0, 0.0)
        self._part = self._connected_parts()

    def settle(self, to_tasks: FloatArray, max_iter: int, tolerance: float) -> Settled:
        """Pass messages until they no longer change.

        Args:
            to_tasks: The first messages, shape (n_answers,).
            max_iter: Most passes.
            tolerance: The largest change that counts as none.
        """
        converged = False
        iterations = 0
        while not converged and iterations < max_iter:
            before = to_tasks
            sums = self._others(self._from_tasks(before), self._annotators)
            to_tasks = self._scaled(sums / self._elsewhere)
            converged = bool(np.abs(to_tasks - before).max() <= tolerance)
            iterations += 1
        votes = np.bincount(self._tasks, self._signs * to_tasks, self._n_tasks).astype(np.float64)
        votes *= self._side(votes)
        loudness = np.bincount(self._tasks, np.abs(to_tasks), self._n_tasks).astype(np.float64)
        return Settled(votes, loudness, converged, iterations)

    def log_likelihood(self, votes: FloatArray) -> float:
        """Return that of the answers if the votes are right and each annotator errs at their own rate."""
        right = self._signs * np.sign(votes)[self._tasks] > 0
        n_right = np.bincount(self._annotators[right], minlength=self._n_annotators)
        n_answers = np.bincount(self._annotators)
        share = n_right / n_answers
        return float(np.sum(xlogy(n_right, share) + xlogy(n_answers - n_right, 1 - share)))

    def _from_tasks(self, to_tasks: FloatArray) -> FloatArray:
        """Return what each task tells each annotator of itself, known labels instead where there are some.

        Where a part has known labels, the others' messages are turned to agree with them.
        """
        messages = self._scaled(self._others(to_tasks, self._tasks))
        given = np.bincount(self._part, self._known * messages)[self._part]
        messages = np.where(given < 0, -messages, messages)
        return np.where(self._known != 0, self._known, messages)

    def _others(self, messages: FloatArray, ends: npt.NDArray[np.int32]) -> FloatArray:
        """Return, for each edge, the signed sum of the messages along the other edges at its end."""
        signed = self._signs * messages
        sums: FloatArray = np.bincount(ends, signed)[ends] - signed
        sums[np.abs(sums) < _NOTHING] = 0.0
        return sums

    def _scaled(self, messages: FloatArray) -> FloatArray:
        """Return the messages with a mean square of 1 in each part, where there are any."""
        size = np.sqrt(np.bincount(self._part, messages**2) / np.bincount(self._part))
        return messages / np.where(size > 0, size, 1)[self._part]

    def _side(self, votes: FloatArray) -> FloatArray:
        """Return -1 for the tasks of parts whose answers rather contradict the votes, 0 if they do neither."""
        agree = np.sign(np.bincount(self._part, self._signs * np.sign(votes)[self._tasks]))
        agree[self._part[self._known != 0]] = 1
        side = np.zeros(len(votes))
        side[self._tasks] = agree[self._part]
        return side

    def _connected_parts(self) -> npt.NDArray[np.int32]:
        """Return the number of the part that each edge is in."""
        n_ends = self._n_tasks + self._n_annotators
        ends = (self._tasks, self._annotators + self._n_tasks)
        graph = coo_array((np.ones(len(self._tasks), dtype=np.int8), ends), shape=(n_ends, n_ends))
        part: npt.NDArray[np.int32] = connected_components(graph, directed=False)[1][self._tasks]
        return part
