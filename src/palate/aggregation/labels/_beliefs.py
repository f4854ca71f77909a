"""What is believed of tasks between two results, kept up as answers come."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from palate.aggregation.labels._answer_log import AnswerLog, SortedLog, with_room
from palate.aggregation.labels.base import FloatArray, LabelFit
from palate.aggregation.labels.dawid_skene import DawidSkene
from palate.aggregation.labels.majority_vote import MajorityVote

__all__ = ["Beliefs", "KeptConfusion", "KeptVotes"]

_Tasks = npt.NDArray[np.int64]

_LEAST = 1e-300
"""A probability of 0 counts as this much: its logarithm is a number."""

_NEXT_TO_NOTHING = 1e-12

_AS_THE_CROWD, _CORRELATION = 5.0, 0.25
"""Answers of the crowd's that are added to each annotator's for each true label, and the correlation of errors in two
answers to one task. On two public data sets (``bench/next_tasks.py``) 5 does as well as 20, and 0.25 better than 0.5 or 1."""

_CAUTION = 1.0
"""Answers that are spread over the labels before vote shares are taken as probabilities: one answer is no proof."""


class Beliefs(Protocol):
    """What a method keeps of a log beside its answers. Posteriors have a column a label of the log."""

    def forget(self, log: AnswerLog, tasks: _Tasks) -> None:
        """Take what these tasks' answers say out of what is kept, before their answers change."""

    def learn(self, log: AnswerLog, tasks: _Tasks) -> None:
        """Add what these tasks' answers say."""

    def posterior(self, log: AnswerLog, tasks: _Tasks) -> FloatArray:
        """Return the posterior of tasks with answers, by what is kept."""

    def cautious(self, log: AnswerLog) -> FloatArray:
        """Return the posterior of every task, no surer than it is right; rows without answers are the prior."""

    def fit(self, log: AnswerLog, ordered: SortedLog, *, warm: bool) -> LabelFit:
        """Return what the method makes of the whole log, from scratch or from what is kept, and keep it."""

    def saved(self, log: AnswerLog) -> FloatArray | None:
        """Return what must be saved, if anything."""

    def restore(self, log: AnswerLog, saved: FloatArray | None) -> None:
        """Keep what ``saved`` returned for this log; ValueError if it could not have."""


class KeptVotes:
    """Votes, which are counted when asked for: nothing else is needed.

    Args:
        method: The settings.
    """

    def __init__(self, method: MajorityVote) -> None:
        self._method = method

    def forget(self, log: AnswerLog, tasks: _Tasks) -> None:
        """Forget nothing: the log holds the votes."""

    def learn(self, log: AnswerLog, tasks: _Tasks) -> None:
        """Learn nothing: the log holds the votes."""

    def posterior(self, log: AnswerLog, tasks: _Tasks) -> FloatArray:
        """Return vote shares."""
        return shares_of(log, tasks)

    def cautious(self, log: AnswerLog) -> FloatArray:
        """Return vote shares after one more vote that is spread over the labels."""
        return shares_of(log, np.arange(len(log.task_ids)), _CAUTION)

    def fit(self, log: AnswerLog, ordered: SortedLog, *, warm: bool) -> LabelFit:  # noqa: ARG002 (as the protocol)
        """Return vote shares."""
        return self._method.fit(ordered.answers)

    def saved(self, log: AnswerLog) -> FloatArray | None:  # noqa: ARG002 (as the protocol)
        """Return nothing: the log holds the votes."""
        return None

    def restore(self, log: AnswerLog, saved: FloatArray | None) -> None:
        """Restore nothing: the log holds the votes."""


class KeptConfusion:
    """The posterior of every task, and the counts that it makes of every annotator's confusion.

    Every change makes one pass of incremental expectation–maximization over the tasks concerned (Neal and
    Hinton, 1998), with counts that hold all other tasks as they were.

    Args:
        method: The settings.
    """

    def __init__(self, method: DawidSkene) -> None:
        self._method = method
        self._kept = np.zeros((0, 0))
        self._counts = np.zeros((0, 0, 0))
        self._votes = np.zeros(0)

    def forget(self, log: AnswerLog, tasks: _Tasks) -> None:
        """Take these tasks' answers out of the counts."""
        self._make_room(log)
        self._count(log, tasks, -self._rows(log, tasks))

    def learn(self, log: AnswerLog, tasks: _Tasks) -> None:
        """Count these tasks' answers: as they were believed, or by votes; then as they are believed now."""
        self._make_room(log)
        n_labels = len(log.label_ids)
        before = self._rows(log, tasks)
        new = before.sum(axis=1) == 0
        before[new] = shares_of(log, tasks[new])
        place, _ = log.chained(tasks)
        before[np.bincount(place, minlength=len(tasks)) == 0] = 0  # who answered them was removed
        self._count(log, tasks, before)
        after = self.posterior(log, tasks)
        after[before.sum(axis=1) == 0] = 0
        self._count(log, tasks, after - before)
        self._kept[tasks, :n_labels] = after

    def posterior(self, log: AnswerLog, tasks: _Tasks) -> FloatArray:
        """Return the kept confusion applied to the tasks' answers."""
        n_labels = len(log.label_ids)
        place, answers = log.chained(tasks)
        counts, row = self._counts_of(log, log.annotators[answers])
        confusion = self._method.most_probable(counts)[row, log.labels[answers]]
        votes = np.maximum(self._votes[:n_labels], 0)
        logarithms = np.zeros((len(tasks), n_labels))
        np.add.at(logarithms, place, np.log(np.maximum(confusion, _LEAST)))
        return _normalized(logarithms + np.log(np.maximum(votes, _LEAST)), log.golden[tasks])

    def cautious(self, log: AnswerLog) -> FloatArray:
        """Return the posterior with two doubts that Dawid–Skene does not have.

        Annotators err as the crowd does, as far as their answers do not say otherwise. And answers to one task are
        correlated: n of them are worth ``n / (1 + (n - 1) * correlation)`` independent ones (the design effect; Kish,
        1965), so that the logarithm of their likelihood is divided by that much.
        """
        tasks, n_labels = np.arange(len(log.task_ids)), len(log.label_ids)
        place, answers = log.chained(tasks)
        counts, row = self._counts_of(log, log.annotators[answers])
        crowd = counts.sum(axis=0) + np.eye(n_labels) + 1 / n_labels
        counts += _AS_THE_CROWD * crowd / crowd.sum(axis=0)
        confusion = (counts / counts.sum(axis=1, keepdims=True))[row, log.labels[answers]]
        logarithms = np.zeros((len(tasks), n_labels))
        np.add.at(logarithms, place, np.log(confusion))
        logarithms /= 1 + np.maximum(log.n_answers() - 1, 0)[:, np.newaxis] * _CORRELATION
        return _normalized(logarithms + np.log(np.maximum(self._votes[:n_labels], 0) + 1), log.golden)

    def fit(self, log: AnswerLog, ordered: SortedLog, *, warm: bool) -> LabelFit:
        """Return the fit from vote shares or from the posterior kept; then keep its posterior."""
        cells = np.ix_(ordered.tasks, ordered.labels)
        if warm:
            # Labels that a task was believed to have may be gone with the last annotator who gave them.
            start = self._kept[cells] + _NEXT_TO_NOTHING
            fit = self._method.fit_from(ordered.answers, start / start.sum(axis=1, keepdims=True))
        else:
            fit = self._method.fit(ordered.answers)
        self._kept[:] = 0
        self._kept[cells] = fit.posterior
        self._recount(log)
        return fit

    def saved(self, log: AnswerLog) -> FloatArray | None:
        """Return the posterior kept, from which all else can be counted again."""
        self._make_room(log)
        return self._rows(log, np.arange(len(log.task_ids)))

    def restore(self, log: AnswerLog, saved: FloatArray | None) -> None:
        """Keep a posterior.

        Raises:
            ValueError: It is none of this log.
        """
        if saved is None or saved.shape != (len(log.task_ids), len(log.label_ids)):
            raise ValueError("it holds no posterior of its tasks")
        sums = (log.n_answers() > 0).astype(np.float64)
        if not (saved >= 0).all() or not np.allclose(saved.sum(axis=1), sums, atol=1e-6):
            raise ValueError("its posterior holds no probabilities")
        self._kept = saved
        self._recount(log)

    def _recount(self, log: AnswerLog) -> None:
        """Count all answers anew by the posterior kept."""
        self._counts[:], self._votes[:] = 0, 0
        self._make_room(log)
        tasks = np.arange(len(log.task_ids))
        self._count(log, tasks, self._rows(log, tasks))

    def _rows(self, log: AnswerLog, tasks: _Tasks) -> FloatArray:
        rows: FloatArray = self._kept[tasks, : len(log.label_ids)]
        return rows

    def _counts_of(
        self, log: AnswerLog, annotators: npt.NDArray[np.int32]
    ) -> tuple[FloatArray, npt.NDArray[np.intp]]:
        """Return the counts ``[annotator, label, truth]`` of those there are, and the place of each row's among them."""
        self._make_room(log)
        there, row = np.unique(annotators, return_inverse=True)
        n_labels = len(log.label_ids)
        return np.maximum(self._counts[there, :n_labels, :n_labels], 0), row  # rounding may leave -1e-17

    def _make_room(self, log: AnswerLog) -> None:
        n_labels = len(log.label_ids)
        self._kept = with_room(self._kept, len(log.task_ids), n_labels)
        self._counts = with_room(self._counts, len(log.annotator_ids), n_labels, n_labels)
        self._votes = with_room(self._votes, n_labels)

    def _count(self, log: AnswerLog, tasks: _Tasks, posterior: FloatArray) -> None:
        """Add a posterior, times the answers of its tasks, to the counts ``[annotator, label, truth]``."""
        n_labels = posterior.shape[1]
        place, answers = log.chained(tasks)
        cells = (log.annotators[answers], log.labels[answers])
        np.add.at(self._counts[:, :, :n_labels], cells, posterior[place])
        self._votes[:n_labels] += posterior.sum(axis=0)


def shares_of(log: AnswerLog, tasks: npt.NDArray[np.integer[Any]], spread: float = 0.0) -> FloatArray:
    """Return the vote shares of tasks with answers, or of all with votes to ``spread``; golden ones as known."""
    place, answers = log.chained(tasks)
    n_labels = len(log.label_ids)
    cells = place * np.int64(n_labels) + log.labels[answers]
    votes = (
        np.bincount(cells, minlength=len(tasks) * n_labels).reshape(len(tasks), n_labels) + spread / n_labels
    )
    shares: FloatArray = votes / np.maximum(votes.sum(axis=1, keepdims=True), _LEAST)
    _clamp(shares, log.golden[tasks])
    return shares


def _normalized(logarithms: FloatArray, golden: npt.NDArray[np.int32]) -> FloatArray:
    found: FloatArray = np.exp(logarithms - logarithms.max(axis=1, keepdims=True))
    found /= found.sum(axis=1, keepdims=True)
    _clamp(found, golden)
    return found


def _clamp(posterior: FloatArray, golden: npt.NDArray[np.int32]) -> None:
    known = np.flatnonzero(golden >= 0)
    posterior[known] = 0.0
    posterior[known, golden[known]] = 1.0
