"""What is believed of tasks between two results, kept up as answers come."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from palate.aggregation._id_log import by_code, values_at, with_room
from palate.aggregation.labels._answer_log import AnswerLog, SortedLog
from palate.aggregation.labels._log_evidence import as_the_crowd, doubted, mostly_right, normalized, shares_of
from palate.aggregation.labels.base import FloatArray, LabelAggregator, LabelFit, Start
from palate.aggregation.labels.dawid_skene import DawidSkene
from palate.aggregation.labels.majority_vote import MajorityVote

__all__ = ["Beliefs", "KeptConfusions", "KeptSkills", "KeptVotes"]

_Tasks = npt.NDArray[np.int64]

_LEAST = 1e-300
"""A probability of 0 counts as this much: its logarithm is a number."""

_NEXT_TO_NOTHING = 1e-12

_CERTAIN = 1e-9
"""Nobody is right or wrong for certain."""

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

    def cautious(self, log: AnswerLog, *, together: bool = True) -> FloatArray:
        """Return the posterior of every task, no surer than it is right; rows without answers are the prior.

        Args:
            log: The answers.
            together: Whether answers to one task are taken to err together.
        """

    def fit(self, log: AnswerLog, ordered: SortedLog, *, warm: bool) -> LabelFit:
        """Return what the method makes of the whole log, from scratch or from what is kept, and keep it."""

    def saved(self, log: AnswerLog) -> Mapping[str, FloatArray]:
        """Return what must be saved, by name."""

    def restore(self, log: AnswerLog, saved: Mapping[str, FloatArray]) -> None:
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
        return shares_of(log, tasks, weights=self._weights(log))

    def cautious(self, log: AnswerLog, *, together: bool = True) -> FloatArray:  # noqa: ARG002 (as the protocol)
        """Return vote shares after one more vote that is spread over the labels."""
        return shares_of(log, np.arange(len(log.task_ids)), spread=_CAUTION, weights=self._weights(log))

    def fit(self, log: AnswerLog, ordered: SortedLog, *, warm: bool) -> LabelFit:  # noqa: ARG002 (as the protocol)
        """Return vote shares."""
        if log.skills is None:
            return self._method.fit(ordered.answers)
        return self._method.fit_weighed(ordered.answers, values_at(log.skills, ordered.annotators))

    def saved(self, log: AnswerLog) -> Mapping[str, FloatArray]:  # noqa: ARG002 (as the protocol)
        """Return nothing: the log holds the votes."""
        return {}

    def restore(self, log: AnswerLog, saved: Mapping[str, FloatArray]) -> None:
        """Restore nothing: the log holds the votes."""

    def _weights(self, log: AnswerLog) -> FloatArray | None:
        """Return how much each annotator of the log counts; who has no skill counts as the others do on average."""
        if log.skills is None:
            return None
        return _with_mean(log, log.skills, zero=self._method.missing_skill == "zero")


class _KeptPosterior(ABC):
    """The posterior of every task, and what else a method goes on from.

    Args:
        method: The settings.
    """

    def __init__(self, method: LabelAggregator) -> None:
        self._method = method
        self._kept = np.zeros((0, 0))
        self._by_task: FloatArray | None = None
        self._by_annotator: FloatArray | None = None

    def posterior(self, log: AnswerLog, tasks: _Tasks) -> FloatArray:
        """Return what is believed since these tasks' answers last changed, or since the last fit."""
        return self._rows(log, tasks).copy()

    def fit(self, log: AnswerLog, ordered: SortedLog, *, warm: bool) -> LabelFit:
        """Return the fit from scratch or from what is kept; then keep what it found."""
        self._make_room(log)
        cells = np.ix_(ordered.tasks, ordered.labels)
        if warm:
            # Labels that a task was believed to have may be gone with the last annotator who gave them.
            posterior = self._kept[cells] + _NEXT_TO_NOTHING
            posterior /= posterior.sum(axis=1, keepdims=True)
            parameters = (
                values_at(self._by_task, ordered.tasks),
                values_at(self._by_annotator, ordered.annotators),
            )
            fit = self._method.fit_from(ordered.answers, Start(posterior, *parameters))
        else:
            fit = self._method.fit(ordered.answers)
        self._kept[:] = 0
        self._kept[cells] = fit.posterior
        self._by_task = by_code(fit.by_task, ordered.tasks, len(log.task_ids))
        self._by_annotator = by_code(fit.by_annotator, ordered.annotators, len(log.annotator_ids))
        self._keep(log, ordered, fit)
        return fit

    def saved(self, log: AnswerLog) -> dict[str, FloatArray]:
        """Return what is kept; counts follow from it."""
        self._make_room(log)
        kept = {"posterior": self._rows(log, np.arange(len(log.task_ids)))}
        if self._by_task is not None:
            kept["by_task"] = self._by_task
        if self._by_annotator is not None:
            kept["by_annotator"] = self._by_annotator
        return kept

    def restore(self, log: AnswerLog, saved: Mapping[str, FloatArray]) -> None:
        """Keep what was saved.

        Raises:
            ValueError: It is none of this log.
        """
        posterior = saved.get("posterior", np.zeros(0))
        if posterior.shape != (len(log.task_ids), len(log.label_ids)):
            raise ValueError("it holds no posterior of its tasks")
        sums = (log.n_answers() > 0).astype(np.float64)
        if not (posterior >= 0).all() or not np.allclose(posterior.sum(axis=1), sums, atol=1e-6):
            raise ValueError("its posterior holds no probabilities")
        self._kept = posterior
        self._by_task = _fitting(saved, "by_task", len(log.task_ids))
        self._by_annotator = _fitting(saved, "by_annotator", len(log.annotator_ids))

    @abstractmethod
    def _keep(self, log: AnswerLog, ordered: SortedLog, fit: LabelFit) -> None:
        """Keep of a fit what beliefs between two of them need."""

    def _make_room(self, log: AnswerLog) -> None:
        self._kept = with_room(self._kept, len(log.task_ids), len(log.label_ids))

    def _rows(self, log: AnswerLog, tasks: _Tasks) -> FloatArray:
        rows: FloatArray = self._kept[tasks, : len(log.label_ids)]
        return rows


class KeptSkills(_KeptPosterior):
    """The posterior of every task and the skill of every annotator, for methods without confusions.

    New answers are weighed by the skills of the last fit, of annotators who are new by the mean; before the first fit
    all count the same. The skills of a vote are weights, else they are chances to be right.

    Args:
        method: The settings.
    """

    def __init__(self, method: LabelAggregator) -> None:
        super().__init__(method)
        self._skill = np.zeros(0)

    def forget(self, log: AnswerLog, tasks: _Tasks) -> None:
        """Forget nothing: skills stay as they are until the next fit."""

    def learn(self, log: AnswerLog, tasks: _Tasks) -> None:
        """Believe what these tasks' answers say by the skills kept."""
        self._make_room(log)
        found = self._found(log, tasks, cautious=False)
        place, _ = log.chained(tasks)
        found[np.bincount(place, minlength=len(tasks)) == 0] = 0  # who answered them was removed
        self._kept[tasks, : len(log.label_ids)] = found

    def cautious(self, log: AnswerLog, *, together: bool = True) -> FloatArray:
        """Return vote shares after one more vote, or a posterior that minds whether people err together."""
        return self._found(log, np.arange(len(log.task_ids)), cautious=True, together=together)

    def saved(self, log: AnswerLog) -> dict[str, FloatArray]:
        """Return the posterior and the skills kept."""
        return super().saved(log) | {"skill": self._skill}

    def restore(self, log: AnswerLog, saved: Mapping[str, FloatArray]) -> None:
        """Keep a posterior and skills.

        Raises:
            ValueError: They are none of this log.
        """
        super().restore(log, saved)
        skill = _fitting(saved, "skill", len(log.annotator_ids))
        if skill is None or skill.ndim != 1 or (skill < 0).any() or (skill > 1).any():
            raise ValueError("it holds no skills of its annotators")
        self._skill = skill

    def _keep(self, log: AnswerLog, ordered: SortedLog, fit: LabelFit) -> None:
        found = by_code(fit.skill, ordered.annotators, len(log.annotator_ids))
        self._skill = np.zeros(0) if found is None else found

    def _found(self, log: AnswerLog, tasks: _Tasks, *, cautious: bool, together: bool = False) -> FloatArray:
        skills = _with_mean(log, self._skill, zero=False)
        spread = _CAUTION if cautious else 0.0
        if self._method.keeps == "weights" or not len(self._skill):
            return shares_of(log, tasks, spread=spread, weights=skills if len(self._skill) else None)
        n_labels = len(log.label_ids)
        place, answers = log.chained(tasks)
        right = np.clip(skills[log.annotators[answers]], _CERTAIN, 1 - _CERTAIN)
        gained = np.log(right) - np.log((1 - right) / max(n_labels - 1, 1))
        logarithms = np.zeros((len(tasks), n_labels))
        np.add.at(logarithms, (place, log.labels[answers]), gained)
        if together:
            logarithms = doubted(logarithms, log.n_answers()[tasks])
        return normalized(logarithms, log.golden[tasks])


class KeptConfusions(_KeptPosterior):
    """The posterior of every task, and the counts that it makes of every annotator's confusion.

    Every change makes one pass of incremental expectation–maximization over the tasks concerned (Neal and
    Hinton, 1998), with counts that hold all other tasks as they were.

    Args:
        method: The settings.
        log: The answers, and what is known of annotators from before.
    """

    def __init__(self, method: LabelAggregator, log: AnswerLog) -> None:
        super().__init__(method)
        self._counts = np.zeros((0, 0, 0))
        self._votes = np.zeros(0)
        self._recount(log)

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
        after = self._found(log, tasks)
        after[before.sum(axis=1) == 0] = 0
        self._count(log, tasks, after - before)
        self._kept[tasks, :n_labels] = after

    def cautious(self, log: AnswerLog, *, together: bool = True) -> FloatArray:
        """Return the posterior with doubts that Dawid–Skene does not have.

        Where annotators are taken to err together, answers to one task are correlated, and annotators err as the crowd
        does as far as their own answers do not say otherwise. Else they are mostly right as far as many answers do not
        say otherwise: with an answer or two a task, how the crowd errs is a guess, which vouches for itself.
        """
        tasks, n_labels = np.arange(len(log.task_ids)), len(log.label_ids)
        place, answers = log.chained(tasks)
        counts, row = self._counts_of(log, log.annotators[answers])
        confusions = as_the_crowd(counts) if together else mostly_right(counts)
        confusion = confusions[row, log.labels[answers]]
        logarithms = np.zeros((len(tasks), n_labels))
        np.add.at(logarithms, place, np.log(confusion))
        if together:
            logarithms = doubted(logarithms, log.n_answers())
        return normalized(logarithms + np.log(np.maximum(self._votes[:n_labels], 0) + 1), log.golden)

    def restore(self, log: AnswerLog, saved: Mapping[str, FloatArray]) -> None:
        """Keep a posterior, and count by it.

        Raises:
            ValueError: It is none of this log.
        """
        super().restore(log, saved)
        self._recount(log)

    def _keep(self, log: AnswerLog, ordered: SortedLog, fit: LabelFit) -> None:  # noqa: ARG002 (as the base)
        self._recount(log)

    def _found(self, log: AnswerLog, tasks: _Tasks) -> FloatArray:
        """Return the kept confusion applied to the tasks' answers."""
        n_labels = len(log.label_ids)
        place, answers = log.chained(tasks)
        counts, row = self._counts_of(log, log.annotators[answers])
        method = self._method
        confusions = method.most_probable(counts) if isinstance(method, DawidSkene) else as_the_crowd(counts)
        confusion = confusions[row, log.labels[answers]]
        votes = np.maximum(self._votes[:n_labels], 0)
        logarithms = np.zeros((len(tasks), n_labels))
        np.add.at(logarithms, place, np.log(np.maximum(confusion, _LEAST)))
        return normalized(logarithms + np.log(np.maximum(votes, _LEAST)), log.golden[tasks])

    def _recount(self, log: AnswerLog) -> None:
        """Count all answers anew by the posterior kept, beside what is known from before."""
        self._counts[:], self._votes[:] = 0, 0
        self._make_room(log)
        self._counts[tuple(slice(size) for size in log.known.shape)] = log.known
        n_labels, n_annotators = len(log.label_ids), len(log.annotator_ids)
        tasks, annotators, labels = (x[: len(log)] for x in (log.tasks, log.annotators, log.labels))
        cells, n_cells = annotators * np.int64(n_labels) + labels, n_annotators * n_labels
        for truth in range(n_labels):
            found = np.bincount(cells, weights=self._kept[tasks, truth], minlength=n_cells)
            self._counts[:n_annotators, :n_labels, truth] += found.reshape(n_annotators, n_labels)
        self._votes[:n_labels] = self._kept[: len(log.task_ids), :n_labels].sum(axis=0)

    def _counts_of(
        self, log: AnswerLog, annotators: npt.NDArray[np.int32]
    ) -> tuple[FloatArray, npt.NDArray[np.intp]]:
        """Return the counts ``[annotator, label, truth]`` of those there are, and the place of each row's among them."""
        self._make_room(log)
        there, row = np.unique(annotators, return_inverse=True)
        n_labels = len(log.label_ids)
        return np.maximum(self._counts[there, :n_labels, :n_labels], 0), row  # rounding may leave -1e-17

    def _make_room(self, log: AnswerLog) -> None:
        super()._make_room(log)
        n_labels = len(log.label_ids)
        self._counts = with_room(self._counts, len(log.annotator_ids), n_labels, n_labels)
        self._votes = with_room(self._votes, n_labels)

    def _count(self, log: AnswerLog, tasks: _Tasks, posterior: FloatArray) -> None:
        """Add a posterior, times the answers of its tasks, to the counts ``[annotator, label, truth]``."""
        n_labels = posterior.shape[1]
        place, answers = log.chained(tasks)
        cells = (log.annotators[answers], log.labels[answers])
        np.add.at(self._counts[:, :, :n_labels], cells, posterior[place])
        self._votes[:n_labels] += posterior.sum(axis=0)


def _with_mean(log: AnswerLog, skills: FloatArray, *, zero: bool) -> FloatArray:
    """Return a skill for each annotator of the log: the mean of those there are, or 0, where there is none."""
    found = np.full(len(log.annotator_ids), np.nan)
    found[: len(skills)] = skills
    unknown = np.isnan(found)
    found[unknown] = 0.0 if zero else (found[~unknown].mean() if not unknown.all() else 1.0)
    return found


def _fitting(saved: Mapping[str, FloatArray], name: str, most: int) -> FloatArray | None:
    """Return what was saved by that name, if anything; ValueError if there is more of it than there can be."""
    values = saved.get(name)
    if values is not None and (values.ndim < 1 or len(values) > most):
        raise ValueError(f"{name} does not fit its ids")
    return values
