"""What aggregators that maximize a likelihood share: settings, checks, intervals and the result."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.aggregation._score_intervals import MOST_FOR_INTERVALS, Intervals, check_intervals, rank_bounds
from palate.aggregation.pairs._intervals import uncertainty
from palate.aggregation.pairs._newton import Climb, climb, refuse_unbounded
from palate.aggregation.pairs._pair_counts import PairCounts, connected_groups, count_pairs
from palate.aggregation.pairs._pair_model import Link, PairModel, outcome_probabilities
from palate.aggregation.pairs.base import (
    CodedComparisons,
    Effect,
    FloatArray,
    PairAggregator,
    PairFit,
    PairStart,
)
from palate.core.coding import IntArray
from palate.core.errors import SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_counts, check_positive

__all__ = ["MaximumLikelihood"]


@dataclass(frozen=True)
class MaximumLikelihood(PairAggregator):
    """Scores under which the comparisons are most probable, and how far these may be off.

    Args:
        regularization: Virtual comparisons a thing; 0 gives plain maximum likelihood.
        side_bias: Whether to estimate by how much being shown on the left helps.
        intervals: Whose errors bounds cover; ``none`` saves the time.
        tolerance: Stop when no parameter moves by more than this.
        max_iter: Most steps of Newton's method; more than 10 are rarely taken.
    """

    goes_on: ClassVar[bool] = True

    regularization: float = 0.1
    side_bias: bool = False
    intervals: Intervals = "fisher"
    tolerance: float = 1e-8
    max_iter: int = 100

    def __post_init__(self) -> None:
        if not 0 <= self.regularization < np.inf:
            raise SettingsError(f"'regularization' must be a number from 0 on; it is {self.regularization}.")
        check_intervals(self.intervals)
        check_positive(tolerance=self.tolerance)
        check_counts(max_iter=self.max_iter)

    @property
    @abstractmethod
    def link(self) -> Link:
        """The model of a single comparison."""

    def covariates(self, comparisons: CodedComparisons) -> tuple[tuple[str, ...], FloatArray]:
        """Return the names of covariates and their values, shape (n_comparisons, n_covariates)."""
        n_sides = int(self.side_bias)
        return ("left",) * n_sides, np.ones((len(comparisons.left), n_sides))

    def penalty(self) -> float:
        """Return what multiplies half the squared weights of covariates."""
        return 0.0

    def fit(self, comparisons: CodedComparisons, progress: Progress = no_progress) -> PairFit:
        """Return scores, their intervals and the fitted probabilities.

        Raises:
            InputError: There is no finite maximum without regularization, or intervals lack their annotators.
        """
        return self._climbed(comparisons, None, progress)

    def fit_from(
        self, comparisons: CodedComparisons, start: PairStart, progress: Progress = no_progress
    ) -> PairFit:
        """Return what ``fit`` does in fewer steps, from the parameters that were found before."""
        return self._climbed(comparisons, start, progress)

    def _climbed(self, comparisons: CodedComparisons, start: PairStart | None, progress: Progress) -> PairFit:
        n_ids = len(comparisons.ids)
        components = connected_groups(comparisons.pairs.first, comparisons.pairs.second, n_ids)
        if not self.regularization:
            refuse_unbounded(comparisons, components)
        names, covariates = self.covariates(comparisons)
        model = self._model(comparisons, covariates)
        free = None if self.regularization else components
        begin = None if start is None else _begin(model, start)
        found = climb(model, free, self.tolerance, self.max_iter, progress, start=begin)
        return self._result(comparisons, covariates, names, components, found)

    def _model(self, comparisons: CodedComparisons, covariates: FloatArray) -> PairModel:
        pairs, rows = comparisons.pairs, None
        if covariates.shape[1]:
            pairs, rows = _pairs_as_shown(
                comparisons, covariates, sides_only=covariates.shape[1] == self.side_bias
            )
        return PairModel.from_counts(
            pairs, len(comparisons.ids), self.regularization,
            link=self.link, covariates=rows, ridge=self.penalty(),
        )  # fmt: skip

    def _result(
        self,
        comparisons: CodedComparisons,
        covariates: FloatArray,
        names: tuple[str, ...],
        components: IntArray,
        found: Climb,
    ) -> PairFit:
        point, pairs, n_ids = found.point, comparisons.pairs, len(components)
        means = np.bincount(components, point.scores)[1:] / np.bincount(components)[1:]
        scores = point.scores - means[components - 1]
        win, tie = outcome_probabilities(self.link, scores[pairs.first] - scores[pairs.second], point.c)
        extra = np.append(point.weights, point.parameters[n_ids + len(names) :])
        names = (*names, "tie")[: len(extra)]
        low = high = low_rank = high_rank = margins = None
        if self.intervals != "none" and n_ids <= MOST_FOR_INTERVALS:
            spread = uncertainty(
                comparisons, covariates, point, components, self.intervals, pinned=self.regularization > 0
            )
            wide = float(spread.quantile(0.025))
            low, high = scores - wide * spread.errors, scores + wide * spread.errors
            low_rank, high_rank = rank_bounds(scores, spread, components)
            margins = wide * spread.extra_errors
        return PairFit(
            scores=scores,
            win_probability=win,
            tie_probability=tie,
            low=low,
            high=high,
            low_rank=low_rank,
            high_rank=high_rank,
            components=components,
            effects=_effects(names, extra, margins),
            converged=found.converged,
            iterations=len(found.values),
            log_likelihood=found.values,
            end=PairStart(point.scores, others=point.parameters[n_ids:]),
        )


def _begin(model: PairModel, start: PairStart) -> FloatArray:
    """Return the parameters that were found before, and the model's own where there are none or they cannot be."""
    begin = model.start()
    scores, others = begin[: model.n_ids], begin[model.n_ids :]
    scores = np.where(np.isnan(start.by_id), scores, start.by_id)
    if len(start.others) == len(others):
        others = start.others
    begin = np.append(scores, others)
    return begin if np.isfinite(model.at(begin).value) else model.start()


def _effects(names: tuple[str, ...], values: FloatArray, margins: FloatArray | None) -> tuple[Effect, ...]:
    if margins is None:
        return tuple(Effect(name, float(value)) for name, value in zip(names, values, strict=True))
    return tuple(
        Effect(name, float(value), float(value - margin), float(value + margin))
        for name, value, margin in zip(names, values, margins, strict=True)
    )


def _pairs_as_shown(
    comparisons: CodedComparisons, covariates: FloatArray, *, sides_only: bool
) -> tuple[PairCounts, FloatArray]:
    """Return counts that keep the sides and what goes with a comparison, and their covariates, a row each.

    With nothing but sides, alike comparisons are counted together; else each has a row of its own.
    """
    left, right, outcome = comparisons.left, comparisons.right, comparisons.outcome
    if not sides_only:
        wins = [(outcome == value).astype(np.float64) for value in (1, -1, 0)]
        return PairCounts(left, right, *wins), covariates
    pairs = count_pairs(left, right, outcome, len(comparisons.ids), sides=True)
    return pairs, np.ones((len(pairs.first), 1))
