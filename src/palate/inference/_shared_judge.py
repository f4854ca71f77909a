"""Prompts of one model err together: behind them stands one judge, who errs as the model does.

The model of Dawid and Skene (1979) with a level between: a task has a true label; each person confuses it in a way of their own; a
model has, unseen, one label of its own for the task, which it confuses as a person does; and each of its prompts says
that label with errors of its own. Given the truth, the answers of two people are independent; those of two prompts are
not, and a hundred of them say no more than what the model thinks. This is the hierarchy of latent classes of Vermunt (Sociological Methodology
2003), fitted by EM (Dempster, Laird and Rubin, 1977) with Dirichlet priors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["SharedJudges", "fit_shared_judges"]

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

_PERSON = -1
_SPREAD, _RIGHT = 0.5, 1.0
"""Counts that a confusion begins with: in every cell, and more on the diagonal."""
_PROMPT_RIGHT = 5.0
"""The same of a prompt: it mostly says what its model thinks, which is what makes that a label of the model."""
_NEVER = 1e-12


@dataclass(frozen=True)
class SharedJudges:
    """What was found.

    Args:
        posterior: Of the true labels, shape (n_tasks, n_labels).
        shares: Of the labels among all tasks, shape (n_labels,).
        people: P(label | truth) of every annotator who is a person, shape (n_annotators, n_labels, n_labels); rows of prompts hold
            P(label | the model's own label).
        models: P(the model's own label | truth), shape (n_models, n_labels, n_labels).
        log_posterior: Of the parameters and the answers, up to a constant.
        iterations: Of EM.
        converged: Whether it rose by less than the tolerance at the end.
    """

    posterior: FloatArray
    shares: FloatArray
    people: FloatArray
    models: FloatArray
    log_posterior: float
    iterations: int
    converged: bool


@dataclass(frozen=True)
class _Answers:
    tasks: Codes
    annotators: Codes
    labels: Codes
    model_of: Codes
    n_tasks: int
    n_labels: int

    @property
    def n_models(self) -> int:
        return int(self.model_of.max(initial=_PERSON)) + 1

    def summed(self, logs: FloatArray, rows: npt.NDArray[np.bool_]) -> FloatArray:
        """Return the log likelihood of some answers by task and by what the annotator heard, shape (n_tasks, n_labels)."""
        terms = logs[self.annotators[rows], :, self.labels[rows]]
        return np.stack(
            [np.bincount(self.tasks[rows], weights=column, minlength=self.n_tasks) for column in terms.T],
            axis=1,
        )


def fit_shared_judges(
    tasks: Codes,
    annotators: Codes,
    labels: Codes,
    model_of: Codes,
    *,
    n_tasks: int,
    n_labels: int,
    golden: Codes | None = None,
    max_iter: int = 1_000,
    tolerance: float = 1e-8,
) -> SharedJudges:
    """Fit the model to answers, one a row.

    Args:
        tasks: Codes, shape (n,).
        annotators: Codes, shape (n,).
        labels: Codes, shape (n,).
        model_of: The model of every annotator, shape (n_annotators,): a code, or -1 for a person.
        n_tasks: How many tasks there are.
        n_labels: How many labels, at least 2.
        golden: The known label of every task, -1 where none is; shape (n_tasks,).
        max_iter: Most iterations.
        tolerance: A rise of the log posterior, for each task, below which it is done.
    """
    answers = _Answers(tasks, annotators, labels, model_of, n_tasks, n_labels)
    known = np.full(n_tasks, -1) if golden is None else golden
    of_model = model_of[annotators]
    alone = np.bincount(model_of[model_of >= 0], minlength=answers.n_models) == 1
    posterior = _clamped(_votes(answers, of_model), known)
    own = [posterior.copy() for _ in range(answers.n_models)]  # of every model's label
    joint = [posterior[:, :, np.newaxis] * np.eye(n_labels) for _ in own]
    last, iterations, converged = -np.inf, 0, False
    shares, people, models = np.empty(0), np.empty(0), np.empty(0)
    while iterations < max_iter and not converged:
        iterations += 1
        shares = (posterior.sum(axis=0) + 1.0) / (n_tasks + n_labels)
        people = _confusions(answers, of_model, posterior, own, alone)
        models = _model_confusions(answers, of_model, joint)
        logs = np.log(np.maximum(people, _NEVER))
        heard = np.log(shares) + answers.summed(logs, of_model == _PERSON)
        thoughts = []
        for model, confusion in enumerate(models):
            said = answers.summed(logs, of_model == model)
            both = np.log(np.maximum(confusion, _NEVER)) + said[:, np.newaxis, :]
            thoughts.append(both)
            heard += np.logaddexp.reduce(both, axis=2)
        rise = _log_evidence(heard, known) + _log_prior(shares, people, models, model_of, alone)
        posterior = _clamped(np.exp(heard - np.logaddexp.reduce(heard, axis=1)[:, np.newaxis]), known)
        joint = [
            posterior[:, :, np.newaxis] * np.exp(both - np.logaddexp.reduce(both, axis=2)[:, :, np.newaxis])
            for both in thoughts
        ]
        own = [one.sum(axis=1) for one in joint]
        converged = abs(rise - last) < tolerance * n_tasks
        last = rise
    return SharedJudges(posterior, shares, people, models, float(last), iterations, converged)


def _votes(answers: _Answers, of_model: Codes) -> FloatArray:
    """Return shares of votes: one a person, and one a model, shared by its prompts."""
    cells = answers.tasks * answers.n_labels + answers.labels
    size = answers.n_tasks * answers.n_labels
    votes = np.zeros((answers.n_tasks, answers.n_labels))
    for voter in range(_PERSON, answers.n_models):
        counts = np.bincount(cells[of_model == voter], minlength=size).reshape(votes.shape)
        total = np.maximum(counts.sum(axis=1, keepdims=True), 1)
        votes += counts if voter == _PERSON else counts / total
    votes += 1e-3
    shares: FloatArray = votes / votes.sum(axis=1, keepdims=True)
    return shares


def _confusions(
    answers: _Answers,
    of_model: Codes,
    posterior: FloatArray,
    own: list[FloatArray],
    alone: npt.NDArray[np.bool_],
) -> FloatArray:
    """Return P(label | what the annotator heard): the truth, or for a prompt its model's own label.

    The only prompt of a model says the model's label: there is nothing to tell the two apart by.
    """
    n = answers.n_labels
    found = np.empty((len(answers.model_of), n, n))
    heard = posterior[answers.tasks]
    for model, shares in enumerate(own):
        rows = of_model == model
        heard[rows] = shares[answers.tasks[rows]]
    cells = answers.annotators * n + answers.labels
    for label in range(n):
        counts = np.bincount(cells, weights=heard[:, label], minlength=len(found) * n)
        found[:, label] = counts.reshape(-1, n)
    prompts = answers.model_of >= 0
    found += _SPREAD + np.eye(n) * np.where(prompts, _PROMPT_RIGHT, _RIGHT)[:, np.newaxis, np.newaxis]
    found /= found.sum(axis=2, keepdims=True)
    if prompts.any():
        found[prompts & alone[np.maximum(answers.model_of, 0)]] = np.eye(n)
    return found


def _model_confusions(answers: _Answers, of_model: Codes, joint: list[FloatArray]) -> FloatArray:
    n = answers.n_labels
    found = np.empty((len(joint), n, n))
    for model, both in enumerate(joint):
        asked = np.unique(answers.tasks[of_model == model])
        found[model] = both[asked].sum(axis=0) + _SPREAD + _RIGHT * np.eye(n)
    confusions: FloatArray = found / found.sum(axis=2, keepdims=True)
    return confusions


def _clamped(posterior: FloatArray, known: Codes) -> FloatArray:
    rows = np.flatnonzero(known >= 0)
    found = posterior.copy()
    found[rows] = 0.0
    found[rows, known[rows]] = 1.0
    return found


def _log_evidence(heard: FloatArray, known: Codes) -> float:
    free = known < 0
    rows = np.flatnonzero(~free)
    return float(np.logaddexp.reduce(heard[free], axis=1).sum() + heard[rows, known[rows]].sum())


def _log_prior(
    shares: FloatArray, people: FloatArray, models: FloatArray, model_of: Codes, alone: npt.NDArray[np.bool_]
) -> float:
    """Return the log of the Dirichlet densities, up to a constant."""
    eye = np.eye(len(shares))
    total = float(np.log(shares).sum())
    total += (
        float(((_SPREAD + _RIGHT * eye) * np.log(np.maximum(models, _NEVER))).sum()) if len(models) else 0.0
    )
    for annotator, model in enumerate(model_of):
        if model == _PERSON or not alone[model]:
            weights = _SPREAD + (_RIGHT if model == _PERSON else _PROMPT_RIGHT) * eye
            total += float((weights * np.log(people[annotator])).sum())
    return total
