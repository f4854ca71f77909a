"""Independent Bayesian classifier combination: Dawid–Skene that keeps in mind how little it knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.aggregation.labels._continuing import ContinuingAggregator
from palate.aggregation.labels._iterative import IterativeAggregator
from palate.aggregation.labels.base import CodedAnswers, Keeps, LabelFit, Start
from palate.core.progress import Progress, no_progress

__all__ = ["IBCC"]


@dataclass(frozen=True)
class IBCC(ContinuingAggregator, IterativeAggregator):
    """Annotators with a confusion matrix each, by variational Bayes. Kim and Ghahramani, 2012.

    The model is that of Dawid and Skene; each row of a confusion matrix and the probabilities of true labels
    have Dirichlet priors. Where Dawid–Skene takes the most probable matrices for true, this averages over all
    of them: who answered little gets little weight. Kim and Ghahramani draw samples; the mean-field bound on
    the evidence used here (Simpson et al., 2013) needs no burn-in, and says when it has
    settled.

    Args:
        right: Dirichlet parameter of right answers, for tasks of each true label: how many of them an annotator
            is taken to have given beforehand.
        wrong: Dirichlet parameter of each wrong label.
        prevalence: Dirichlet parameter of each true label.

    The defaults say no more than that annotators are rather right than wrong. Mean accuracy over eight public
    data sets, and over the same thinned to 2 or 3 answers a task: 80.7% and 73.1%; with (2, 1), 80.3% and 69.3%.

    ``log_likelihood`` of the result is the bound on the logarithm of the evidence: it never falls, and can be
    compared between settings. ``confusion`` and ``skill`` are posterior means.
    """

    keeps: ClassVar[Keeps | None] = "confusions"

    right: float = 1.0
    wrong: float = 0.1
    prevalence: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_least(0.01, "right", "wrong", "prevalence")

    def fit_from(self, answers: CodedAnswers, start: Start, progress: Progress = no_progress) -> LabelFit:
        """Return posterior, and mean skill and confusion.

        Raises:
            InputError: There are so many annotators and labels that their confusion does not fit in memory.
        """
        from palate.aggregation.labels._confusion_passes import ConfusionPasses
        from palate.aggregation.labels._dirichlet import divergence, geometric_mean

        passes = ConfusionPasses(answers, self.threads)
        counts, votes = passes.count(start.posterior)
        n_labels = len(votes)
        prior = np.where(np.eye(n_labels, dtype=bool), self.right, self.wrong)
        prevalence = np.full(n_labels, self.prevalence)
        confusion, prevalences = counts, votes

        def step() -> float:
            nonlocal counts, votes, confusion, prevalences
            confusion, prevalences = counts + prior, votes + prevalence
            counts, votes, log_likelihood = passes.expect(
                geometric_mean(confusion, axis=1), geometric_mean(prevalences)
            )
            learned = divergence(confusion, prior, axis=1).sum() + divergence(prevalences, prevalence)
            return float(log_likelihood - learned)

        climb = self._climb(step, len(answers.labels), progress)
        mean = confusion / confusion.sum(axis=1, keepdims=True)
        skill = np.minimum(np.einsum("ajj,j->a", mean, prevalences / prevalences.sum()), 1.0)
        return LabelFit(
            passes.posterior,
            skill,
            np.ascontiguousarray(mean.transpose(0, 2, 1)),
            climb.heights,
            climb.converged,
            iterations=len(climb.heights),
        )
