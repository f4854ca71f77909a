"""Minimax entropy: annotators confuse labels, and tasks confuse annotators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from palate.aggregation.labels._votes import task_of_answers, vote_shares
from palate.aggregation.labels.base import CodedAnswers, FloatArray, LabelAggregator, LabelFit
from palate.core.errors import InputError, SettingsError
from palate.core.linear_algebra import one_thread
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_counts

__all__ = ["MinimaxEntropy"]

_MOST_NUMBERS = 1 << 24
"""Parameters beyond which the two dozen copies of them that the search keeps (3 GB) are too much."""


@dataclass(frozen=True)
class MinimaxEntropy(LabelAggregator):
    """Confusions of annotators and of tasks, from the entropy of answers. Zhou et al., 2012 and 2014.

    Among all distributions of answers that keep, a little loosely, the counts seen of each annotator and each
    task, take the one of most entropy; among all true labels those that make this entropy least (Learning from the
    Wisdom of Crowds by Minimax Entropy, NIPS 2012; the loose counts and the confusion of tasks are those of
    Aggregating Ordinal Labels from Crowds by Minimax Conditional Entropy, ICML 2014, for categories). The dual of
    that is a likelihood: an annotator gives label l to a task of true label c with a probability proportional to
    ``exp(annotator[c, l] + task[c, l])``, with penalties on the squares of both. So a task that looks like another
    label misleads good annotators too, which Dawid–Skene cannot say. True labels are equally probable beforehand,
    as in the papers: where one is rare, this costs accuracy (85% on product matches, majority vote 90%).

    In the papers the annotators' penalty draws their numbers to 0, under which a lone annotator's answers say nothing
    of the truth; here it draws those of right answers to ``rightness``. The papers alternate between labels and
    numbers; we climb the likelihood with the labels summed out, by L-BFGS, from confusions counted on vote shares on.
    Its steps never lower what is maximized, and lead to one of its peaks, not surely the highest. It costs far more
    than Dawid–Skene: labels squared an answer, dozens of times.

    The confusion of an annotator is that on a task without confusion of its own; the skill is its diagonal,
    weighed by how frequent labels are found to be.

    Args:
        annotator_penalty: Half of it times the squares of the annotators' numbers, less ``rightness`` for right
            answers, is taken from the log-likelihood. Above 0.
        task_penalty: Likewise for the tasks' numbers; the greater, the more this is Dawid–Skene.
        rightness: By how much an annotator is taken to prefer the right label to another; 0 is the papers'.
        max_iter: Most steps.
        tolerance: Stop when a step raises what is maximized by no more than this share of it.
        threads: Most threads at a time; None takes all processors. The result does not depend on it.
    """

    annotator_penalty: float = 1.0
    task_penalty: float = 8.0
    rightness: float = 1.0
    max_iter: int = 200
    tolerance: float = 1e-6
    threads: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("annotator_penalty", "task_penalty"):
            value = getattr(self, name)
            if not 0 < value < np.inf:
                raise SettingsError(f"'{name}' must be a number above 0; it is {value}.")
        if not 0 <= self.rightness < np.inf:
            raise SettingsError(f"'rightness' must be a number from 0 on; it is {self.rightness}.")
        check_counts(max_iter=self.max_iter)
        if not 0 <= self.tolerance < np.inf:
            raise SettingsError(f"'tolerance' must be a number from 0 on; it is {self.tolerance}.")
        if self.threads is not None and self.threads < 1:
            raise SettingsError(f"'threads' must be at least 1, or None for all; it is {self.threads}.")

    def fit(self, answers: CodedAnswers, progress: Progress = no_progress) -> LabelFit:
        """Return posterior, skill and confusion where the penalized likelihood is greatest nearby.

        Raises:
            InputError: There are more tasks and labels than fit in memory with their confusions.
        """
        from scipy.optimize import minimize

        from palate.aggregation.labels._task_confusions import TaskConfusions

        _check_size(answers)
        model = TaskConfusions(
            answers, self.annotator_penalty, self.task_penalty, self.rightness, self.threads
        )
        start = np.concatenate([_counted(answers).ravel(), np.zeros(int(np.prod(model.task_shape)))])
        objective = [model.objective(start)[0]]

        def descent(numbers: FloatArray) -> tuple[float, FloatArray]:
            value, gradient = model.objective(numbers)
            return -value, -gradient

        def told(intermediate_result: Any) -> None:
            objective.append(-float(intermediate_result.fun))
            progress(len(objective) - 1, self.max_iter)

        options = {"maxiter": self.max_iter, "ftol": self.tolerance, "gtol": 1e-9}
        search: Any = minimize  # its types do not know of a callback that takes the result so far
        with one_thread():  # its threads would cost more than the steps themselves
            found = search(descent, start, jac=True, method="L-BFGS-B", callback=told, options=options)
        model.objective(found.x)
        scores = model.split(found.x)[0]
        confusion = np.exp(scores - scores.max(axis=2, keepdims=True))
        confusion /= confusion.sum(axis=2, keepdims=True)
        return LabelFit(
            model.posterior,
            skill=np.minimum(np.einsum("ajj,j->a", confusion, model.posterior.mean(axis=0)), 1.0),
            confusion=confusion,
            log_likelihood=tuple(objective),
            converged=bool(found.success),
            iterations=max(1, int(found.nit)),
        )


def _check_size(answers: CodedAnswers) -> None:
    n_labels, n_tasks = len(answers.label_values), len(answers.task_ids)
    if (n_tasks + len(answers.annotator_ids)) * n_labels**2 > _MOST_NUMBERS:
        raise InputError(
            f"A confusion of {n_labels:,} labels for each of {n_tasks:,} tasks does not fit in memory. Merge rare"
            " labels, or choose dawid_skene."
        )


def _counted(answers: CodedAnswers) -> FloatArray:
    """Return the annotators' numbers that vote shares suggest: logarithms of counts, of mean 0 a true label."""
    n_annotators, n_labels = len(answers.annotator_ids), len(answers.label_values)
    shares = vote_shares(answers)[task_of_answers(answers)]
    cells = answers.annotators * np.int64(n_labels) + answers.labels
    counts = np.empty((n_annotators, n_labels, n_labels))
    for truth in range(n_labels):
        found = np.bincount(cells, weights=shares[:, truth], minlength=n_annotators * n_labels)
        counts[:, truth] = found.reshape(n_annotators, n_labels)
    logarithms = np.log(counts + np.where(np.eye(n_labels, dtype=bool), 1.0, 0.3))
    return np.asarray(logarithms - logarithms.mean(axis=2, keepdims=True), dtype=np.float64)
