"""Learning from crowds, where nothing is known of the tasks but the answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.aggregation.labels._continuing import ContinuingAggregator
from palate.aggregation.labels._iterative import IterativeAggregator
from palate.aggregation.labels.base import CodedAnswers, FloatArray, Keeps, LabelFit, Start
from palate.core.progress import Progress, no_progress

__all__ = ["LFC"]


@dataclass(frozen=True)
class LFC(ContinuingAggregator, IterativeAggregator):
    """Annotators with a sensitivity and a specificity, at their mode. Raykar et al., 2010, without features.

    With two labels: an annotator's answers to tasks whose true label is the one are right with their
    sensitivity, those whose true label is the other with their specificity; both have Beta priors, and so has the
    prevalence. With more labels each becomes a row of a confusion matrix with a Dirichlet prior. The parameters
    are the most probable given the answers, found by expectation–maximization from vote shares.

    ``DawidSkene`` has the same likelihood and counts its prior in answers; here it is in the parameters of the Beta and
    Dirichlet distributions, whose mode is where ``parameter - 1`` answers would put it, and prevalence has one.

    Args:
        right: Parameter of right answers, from 1 on.
        wrong: Parameter of each wrong label, from 1 on; 1 with a ``right`` of 1 is maximum likelihood.
        prevalence: Parameter of each true label, from 1 on.

    ``log_likelihood`` of the result is the logarithm of the likelihood times the priors, without the priors'
    constants; it never falls.
    """

    keeps: ClassVar[Keeps | None] = "confusions"

    right: float = 2.0
    wrong: float = 1.01
    prevalence: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_least(1, "right", "wrong", "prevalence")

    def fit_from(self, answers: CodedAnswers, start: Start, progress: Progress = no_progress) -> LabelFit:
        """Return posterior, skill and confusion at the parameters of the last pass.

        Raises:
            InputError: There are so many annotators and labels that their confusion does not fit in memory.
        """
        from palate.aggregation.labels._confusion_passes import ConfusionPasses

        passes = ConfusionPasses(answers, self.threads)
        counts, votes = passes.count(start.posterior)
        extra = np.where(np.eye(len(votes), dtype=bool), self.right, self.wrong) - 1
        extra_votes = np.full(len(votes), self.prevalence - 1)
        confusion, prior = counts, votes

        def step() -> float:
            nonlocal counts, votes, confusion, prior
            confusion, prior = _mode(counts + extra), _mode(votes + extra_votes)
            counts, votes, log_likelihood = passes.expect(confusion, prior)
            return log_likelihood + _log_density(confusion, extra) + _log_density(prior, extra_votes)

        climb = self._climb(step, len(answers.labels), progress)
        skill = np.minimum(np.einsum("ajj,j->a", confusion, prior), 1.0)
        by_truth = np.ascontiguousarray(confusion.transpose(0, 2, 1))
        return LabelFit(passes.posterior, skill, by_truth, climb.heights, climb.converged, len(climb.heights))


def _mode(weights: FloatArray) -> FloatArray:
    """Return the probabilities of labels, the last axis but one of a matrix, that weights make best."""
    axis = max(weights.ndim - 2, 0)
    totals = weights.sum(axis=axis, keepdims=True)
    probabilities = np.full_like(weights, 1.0 / weights.shape[axis])  # where nothing is known
    np.divide(weights, totals, out=probabilities, where=totals > 0)
    return probabilities


def _log_density(probabilities: FloatArray, extra: FloatArray) -> float:
    """Return the logarithm of Dirichlet densities with the parameters ``extra + 1``, without constants."""
    extra = np.broadcast_to(extra, probabilities.shape)
    weighed = extra > 0
    return float(np.sum(extra[weighed] * np.log(probabilities[weighed])))
