"""Dawid–Skene: learn how each annotator mistakes each label for each other, and weigh answers by that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np

from palate.aggregation.labels._continuing import ContinuingAggregator
from palate.aggregation.labels._iterative import part_of
from palate.aggregation.labels.base import CodedAnswers, FloatArray, Keeps, LabelFit, Start
from palate.core.errors import SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_counts

__all__ = ["DawidSkene"]

StartFrom = Literal["votes", "spectral"]


@dataclass(frozen=True)
class DawidSkene(ContinuingAggregator):
    """Annotators with a confusion matrix each, fitted by expectation–maximization. Dawid and Skene, 1979.

    An annotator gives label l to a task whose true label is t with a probability of their own,
    ``confusion[a, t, l]``; true labels have the probabilities ``prior[t]``. Starting from vote shares, the
    posterior of the true labels (with golden tasks at their known label) and these parameters are estimated
    in turn, which never lowers what is maximized. The skill of an annotator is
    ``sum over t of prior[t] * confusion[a, t, t]``.

    Maximum likelihood (``right=0, wrong=0``) makes much of little: an annotator with one answer is always
    right or always wrong. Equal pseudo-counts everywhere, or large ones, let common labels swallow rare ones. The
    defaults say no more than that annotators are rather right than wrong, which one answer a label can outweigh.
    Mean accuracy over eight public data sets, whole and thinned to 2 or 3 answers a task and to 30, 50, 100 or
    300 tasks (``bench/aggregation.py``): 76.8% with the defaults, 76.5% with (1, 0.1), 75.1% with (0, 0), 74.1%
    with (4, 1), 68.0% with (1, 1), and 74.6% by majority vote.

    Args:
        max_iter: Most passes over the answers.
        tolerance: Stop when a pass raises the log-posterior by no more than this an answer.
        right: Pseudo-count: how many right answers an annotator is taken to have given beforehand to tasks of
            each true label.
        wrong: Pseudo-count likewise, of each wrong label.
        threads: Most threads at a time; None takes all processors. The result does not depend on it.
        start_from: Where to start: ``votes``, or ``spectral``, which starts from vote shares and from the moments of the
            answers (Zhang et al., 2014, algorithm 1) and keeps what leads higher, at two to three times the cost. On
            eight public data sets moments lead to the same maximum or, on ``dog``, to a higher one where labels are
            two to four; of five labels with rare ones among them they know too little.

    What is known of annotators from before (``annotators``) is added to the pseudo-counts of each.

    ``log_likelihood`` of the result is the logarithm of the likelihood times the Dirichlet prior that the
    pseudo-counts stand for, without the prior's constant; with ``right=0, wrong=0`` the likelihood itself.
    """

    uses_known_annotators: ClassVar[bool] = True
    keeps: ClassVar[Keeps | None] = "confusions"

    max_iter: int = 100
    tolerance: float = 1e-6
    right: float = 1.0
    wrong: float = 0.01
    threads: int | None = None
    start_from: StartFrom = "votes"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_counts(max_iter=self.max_iter)
        if self.threads is not None and self.threads < 1:
            raise SettingsError(f"'threads' must be at least 1, or None for all; it is {self.threads}.")
        if self.start_from not in get_args(StartFrom):
            listed = ", ".join(get_args(StartFrom))
            raise SettingsError(f"'start_from' must be one of {listed}; it is {self.start_from!r}.")
        for name in ("tolerance", "right", "wrong"):
            value = getattr(self, name)
            if not 0 <= value < np.inf:
                raise SettingsError(f"'{name}' must be a number from 0 on; it is {value}.")

    def fit(self, answers: CodedAnswers, progress: Progress = no_progress) -> LabelFit:
        """Return posterior, skill and confusion at the parameters of the last pass of the climb that led highest.

        Raises:
            InputError: There are so many annotators and labels that their confusion does not fit in memory.
        """
        if self.start_from == "votes":
            return super().fit(answers, progress)
        from palate.aggregation.labels._spectral import spectral_posterior

        by_votes = super().fit(answers, part_of(progress, 0, 2))
        posterior = spectral_posterior(answers, self.seed, self.threads)
        if posterior is None:
            return by_votes
        by_moments = self.fit_from(answers, Start(posterior), part_of(progress, 1, 2))
        return by_moments if by_moments.log_likelihood[-1] > by_votes.log_likelihood[-1] else by_votes

    def fit_from(self, answers: CodedAnswers, start: Start, progress: Progress = no_progress) -> LabelFit:
        """Return posterior, skill and confusion at the parameters of the last pass.

        Raises:
            InputError: There are so many annotators and labels that their confusion does not fit in memory.
        """
        from palate.aggregation.labels._confusion_passes import ConfusionPasses

        passes = ConfusionPasses(answers, self.threads)
        counts, votes = passes.count(start.posterior)
        before = np.zeros((1, 1, 1)) if answers.known is None else answers.known.transpose(0, 2, 1)
        gain_to_stop = self.tolerance * len(answers.labels)
        objective: list[float] = []
        converged = False
        while not converged and len(objective) < self.max_iter:
            confusion, prior = self.most_probable(counts + before), votes / votes.sum()
            counts, votes, log_likelihood = passes.expect(confusion, prior)
            objective.append(log_likelihood + self._log_prior(confusion, before))
            converged = len(objective) > 1 and objective[-1] - objective[-2] <= gain_to_stop
            progress(len(objective), self.max_iter)
        skill = np.minimum(np.einsum("ajj,j->a", confusion, prior), 1.0)
        by_truth = np.ascontiguousarray(confusion.transpose(0, 2, 1))
        return LabelFit(
            passes.posterior, skill, by_truth, tuple(objective), converged, iterations=len(objective)
        )

    def most_probable(self, counts: FloatArray) -> FloatArray:
        """Return the probabilities ``[annotator, label, truth]`` that counts and pseudo-counts make best."""
        counts = counts + self._pseudo_counts(counts.shape[1])
        totals = counts.sum(axis=1, keepdims=True)
        nothing_known = 1.0 / counts.shape[1]
        probabilities = np.full_like(counts, nothing_known)
        np.divide(counts, totals, out=probabilities, where=totals > 0)
        return probabilities

    def _log_prior(self, confusion: FloatArray, before: FloatArray) -> float:
        weights = self._pseudo_counts(confusion.shape[1]) + before
        logarithms = np.zeros_like(confusion)
        np.log(confusion, out=logarithms, where=weights > 0)
        return float(np.sum(weights * logarithms))

    def _pseudo_counts(self, n_labels: int) -> FloatArray:
        return np.where(np.eye(n_labels, dtype=bool), self.right, self.wrong)
