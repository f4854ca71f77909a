"""CATD: votes weighed by the fewest errors, where few answers prove little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.aggregation.labels._continuing import ContinuingAggregator
from palate.aggregation.labels._votes import task_of_answers
from palate.aggregation.labels.base import CodedAnswers, FloatArray, Keeps, LabelFit, Start
from palate.core.coding import IntArray
from palate.core.errors import SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_counts, check_positive

__all__ = ["CATD"]

_TIE = 1e-9
"""Shares of the weight that differ by less are tied, as in the decision."""


@dataclass(frozen=True)
class CATD(ContinuingAggregator):
    """Votes weighed by a cautious bound of each annotator's error. Li et al., VLDB 2014 ("long-tail data").

    The weight of an annotator is the lower chi-square quantile of their number of answers divided by their
    errors (equation 7): whoever gave few answers weighs little even where all of them are right. Truths and
    weights are estimated in turn. The posterior is each label's share of the weight on a task, which is a share of
    votes, not a probability. The skill of an annotator is the share of their answers that equal the truth.

    Two things differ from the paper. Without ``prior_errors`` whoever was never wrong would weigh infinitely much.
    And where labels tie, each of them is part of the truth, so that no label is preferred for its name. Each round
    raises ``-sum over annotators of quantile * log(errors)``, of which the rounds are
    majorize–minimize steps; that is the ``log_likelihood`` of the result.

    Args:
        significance: Of the bound, in (0, 1); the paper's 0.05.
        prior_errors: How many errors every annotator is taken to have made beforehand. Above 0.
        max_iter: Most rounds.
    """

    keeps: ClassVar[Keeps | None] = "weights"

    significance: float = 0.05
    prior_errors: float = 0.5
    max_iter: int = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.significance < 1:
            raise SettingsError(f"'significance' must be between 0 and 1; it is {self.significance}.")
        check_positive(prior_errors=self.prior_errors)
        check_counts(max_iter=self.max_iter)

    def fit_from(self, answers: CodedAnswers, start: Start, progress: Progress = no_progress) -> LabelFit:
        """Return weighted vote shares and the share of each annotator's answers that equal the truth."""
        from palate.aggregation._long_tail import chi_square_quantiles

        tasks = task_of_answers(answers)
        n_answers = np.bincount(answers.annotators, minlength=len(answers.annotator_ids))
        quantiles = chi_square_quantiles(n_answers, self.significance)
        posterior = start.posterior
        objective: list[float] = []
        converged = False
        while not converged and len(objective) < self.max_iter:
            wrong = 1.0 - _truth(posterior)[tasks, answers.labels]
            errors = np.bincount(answers.annotators, weights=wrong, minlength=len(n_answers))
            bounded = errors + self.prior_errors
            objective.append(-float(np.sum(quantiles * np.log(bounded))))
            posterior = _weighted_shares(answers, tasks, (quantiles / bounded)[answers.annotators])
            converged = len(objective) > 1 and objective[-1] - objective[-2] <= 1e-12 * abs(objective[-1])
            progress(len(objective), self.max_iter)
        return LabelFit(
            posterior,
            skill=1.0 - errors / n_answers,
            log_likelihood=tuple(objective),
            converged=converged,
            iterations=len(objective),
        )


def _truth(posterior: FloatArray) -> FloatArray:
    """Return 1 for the label of most weight; labels that tie share it."""
    best = posterior >= posterior.max(axis=1, keepdims=True) - _TIE
    found: FloatArray = best / best.sum(axis=1, keepdims=True)
    return found


def _weighted_shares(answers: CodedAnswers, tasks: IntArray, weights: FloatArray) -> FloatArray:
    """Return each label's share of the weight of a task's answers; 1 for a known label."""
    n_tasks, n_labels = len(answers.task_ids), len(answers.label_values)
    cells = tasks * np.int64(n_labels) + answers.labels
    sums = np.bincount(cells, weights=weights, minlength=n_tasks * n_labels).reshape(n_tasks, n_labels)
    shares: FloatArray = sums / sums.sum(axis=1, keepdims=True)
    known = np.flatnonzero(answers.golden >= 0)
    shares[known] = 0.0
    shares[known, answers.golden[known]] = 1.0
    return shares
