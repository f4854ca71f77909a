"""CATD for numbers: means weighed by the least errors, where few answers prove little."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.aggregation.numeric._errors import (
    answers_of,
    bias_and_spread,
    pooled_variance,
    sum_by_annotator,
    sum_by_task,
    with_golden,
)
from palate.aggregation.numeric.base import CodedNumbers, NumericAggregator, NumericFit
from palate.aggregation.numeric.median import Median
from palate.core.errors import SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_counts, check_positive

__all__ = ["NumericCATD"]


@dataclass(frozen=True)
class NumericCATD(NumericAggregator):
    """Means weighed by a cautious bound of each annotator's error. Li et al., VLDB 2014 ("long-tail data").

    The weight of an annotator is the lower chi-square quantile of their number of answers divided by their
    squared errors (equation 7), which is one over an upper bound of their variance: whoever gave few answers weighs
    little even where all of them are right. Values and weights are estimated in turn, from medians on. Each round
    raises ``-sum over annotators of quantile * log(squared errors)``, of which the rounds are majorize–minimize
    steps; that is the ``log_likelihood`` of the result.

    The interval takes those bounds for the annotators' variances, which makes up for errors that are measured from
    values the same answers have moved. It takes annotators to have no common bias.

    We differ from the paper by ``prior_errors``, without which whoever was never wrong would weigh infinitely much.

    Args:
        significance: Of the bound, in (0, 1); the paper's 0.05.
        prior_errors: How many answers every annotator is taken to have given beforehand with the error that is
            usual in the crowd. Above 0.
        max_iter: Most rounds.
        tolerance: Stop when a round raises what is maximized by no more than this an answer.
    """

    significance: float = 0.05
    prior_errors: float = 0.5
    max_iter: int = 200
    tolerance: float = 1e-9

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.significance < 1:
            raise SettingsError(f"'significance' must be between 0 and 1; it is {self.significance}.")
        check_positive(prior_errors=self.prior_errors)
        check_counts(max_iter=self.max_iter)
        if not 0 <= self.tolerance < np.inf:
            raise SettingsError(f"'tolerance' must be a number from 0 on; it is {self.tolerance}.")

    def fit(self, answers: CodedNumbers, progress: Progress = no_progress) -> NumericFit:
        """Return weighted means, their intervals, and how annotators stray from them."""
        from scipy.special import ndtri

        from palate.aggregation._long_tail import chi_square_quantiles

        quantiles = chi_square_quantiles(answers_of(answers)[1], self.significance)
        usual, _ = pooled_variance(answers)
        beforehand = self.prior_errors * (usual if usual > 0 else 1.0)
        value = Median().fit(answers).value
        objective: list[float] = []
        converged = False
        while not converged and len(objective) < self.max_iter:
            squares = sum_by_annotator(answers, (answers.values - value[answers.tasks]) ** 2) + beforehand
            objective.append(-float(np.sum(quantiles * np.log(squares))))
            weights = (quantiles / squares)[answers.annotators]
            total = sum_by_task(answers, weights)
            value = with_golden(answers, sum_by_task(answers, weights * answers.values) / total)
            gained = objective[-1] - objective[-2] if len(objective) > 1 else np.inf
            converged = gained <= self.tolerance * len(answers.values)
            progress(len(objective), self.max_iter)
        half = float(ndtri((1 + self.confidence) / 2)) / np.sqrt(total)
        half[np.isfinite(answers.golden)] = 0.0
        bias, spread = bias_and_spread(answers, value)
        return NumericFit(
            value, value - half, value + half, bias, spread, tuple(objective), converged, len(objective)
        )
