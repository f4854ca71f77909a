"""A normal model of annotators with a bias and a spread of their own, with intervals for the values."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from palate.aggregation.numeric._errors import answers_of, pooled_variance
from palate.aggregation.numeric.base import CodedNumbers, FloatArray, NumericAggregator, NumericFit
from palate.core.errors import InputError, SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_counts, check_positive

__all__ = ["Bayesian"]

_MOST_ANNOTATORS = 5_000
"""Beyond, the covariance of their biases (200 MB) takes minutes a pass."""

_LEAST_VARIANCE = 1e-10
"""Of values and of biases, relative to that of the answers; keeps the posterior finite where all agree."""


@dataclass(frozen=True)
class Bayesian(NumericAggregator):
    """Values, biases and spreads under a normal model, by expectation–maximization.

    An answer is the task's value, plus the annotator's bias, plus noise of the annotator's own variance. Values and
    biases are normal, with a mean and variances learned from the answers; given those their joint posterior is
    exact (two crossed random effects: Searle, Casella and McCulloch, Variance Components, 1992, chapter 7). Noise
    variances, as Raykar et al. (Learning from Crowds, JMLR 2010, section 3) give them to annotators of
    numbers, have a prior around the crowd's. The variances are those that make answers and prior most probable;
    no pass lowers that.

    The interval of a value counts the noise and what is not known of the biases. A bias that all annotators
    share cannot be seen without golden tasks. Values are drawn towards their mean, the more the less is known.

    Args:
        max_iter: Most passes over the answers.
        tolerance: Stop when a pass raises what is maximized by no more than this an answer.
        prior_answers: How many answers with the noise that is usual in the crowd an annotator is taken to
            have given beforehand. Above 0.

    >>> import polars as pl
    >>> rows = [(t, a, 10.0 * t + bias) for t in range(9) for a, bias in (("high", 2.0), ("low", -2.0))]
    >>> answers = pl.DataFrame(rows, schema=["task", "annotator", "value"], orient="row")
    >>> Bayesian().aggregate(answers).annotators["bias"].round(0).to_list()
    [2.0, -2.0]
    """

    max_iter: int = 200
    tolerance: float = 1e-6
    prior_answers: float = 2.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_counts(max_iter=self.max_iter)
        if not 0 <= self.tolerance < np.inf:
            raise SettingsError(f"'tolerance' must be a number from 0 on; it is {self.tolerance}.")
        check_positive(prior_answers=self.prior_answers)

    def fit(self, answers: CodedNumbers, progress: Progress = no_progress) -> NumericFit:
        """Return posterior means with intervals, and the bias and spread of every annotator.

        Raises:
            InputError: There are more annotators than fit in memory with the covariance of their biases.
        """
        from scipy.special import ndtri

        from palate.aggregation.numeric._bias_model import BiasModel, posterior

        n_annotators = len(answers.annotator_ids)
        if n_annotators > _MOST_ANNOTATORS:
            raise InputError(
                f"{n_annotators:,} annotators are too many to learn how their biases depend on each other (at most"
                f" {_MOST_ANNOTATORS:,}). Choose catd or mean, or leave out annotators of few answers."
            )
        center, unit, scaled = _scaled(answers)
        usual = _usual_variance(scaled)
        _, n_answers = answers_of(answers)
        model = BiasModel(0.0, 1.0, usual, np.full(n_annotators, 1 / usual))
        n_seen = len(answers.values) + np.count_nonzero(np.isfinite(answers.golden))
        objective: list[float] = []
        while True:
            found = posterior(scaled, model)
            prior = np.sum(np.log(model.precision / unit**2) - usual * model.precision)
            density = found.log_likelihood - n_seen * float(np.log(unit))
            objective.append(density + 0.5 * self.prior_answers * float(prior))
            gained = objective[-1] - objective[-2] if len(objective) > 1 else np.inf
            converged = gained <= self.tolerance * len(answers.values)
            progress(len(objective), self.max_iter)
            if converged or len(objective) == self.max_iter:
                break
            mean = float(found.value.mean())
            spread = found.value_variance + (found.value - mean) ** 2
            model = BiasModel(
                mean=mean,
                value_variance=max(float(spread.mean()), _LEAST_VARIANCE),
                bias_variance=max(float(np.mean(found.bias_variance + found.bias**2)), _LEAST_VARIANCE),
                precision=(n_answers + self.prior_answers)
                / (found.squared_noise + self.prior_answers * usual),
            )
        value = np.where(np.isfinite(answers.golden), answers.golden, center + unit * found.value)
        half = float(ndtri((1 + self.confidence) / 2)) * unit * np.sqrt(found.value_variance)
        return NumericFit(
            value,
            value - half,
            value + half,
            bias=unit * found.bias,
            spread=unit / np.sqrt(model.precision),
            log_likelihood=tuple(objective),
            converged=converged,
            iterations=len(objective),
        )


def _scaled(answers: CodedNumbers) -> tuple[float, float, CodedNumbers]:
    """Return mean and standard deviation of the answers, and the answers in that unit from that mean."""
    center, unit = float(answers.values.mean()), float(answers.values.std())
    if unit == 0:
        unit = 1.0
    values: FloatArray = (answers.values - center) / unit
    return center, unit, replace(answers, values=values, golden=(answers.golden - center) / unit)


def _usual_variance(scaled: CodedNumbers) -> float:
    """Return the variance of answers to one task; half of all where no task has two."""
    variance, freedom = pooled_variance(scaled)
    return max(variance, 1e-6) if freedom else 0.5
