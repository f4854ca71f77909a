"""Bradley–Terry: scores under which the comparisons, ties among them, are most probable."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.aggregation.pairs._davidson import Davidson, Point
from palate.aggregation.pairs._pair_counts import connected_groups
from palate.aggregation.pairs.base import CodedComparisons, FloatArray, PairAggregator, PairFit
from palate.core.coding import IntArray
from palate.core.errors import InputError, SettingsError
from palate.core.progress import Progress, no_progress

__all__ = ["BradleyTerry"]

_NORMAL_95 = 1.959963984540054
"""97.5% quantile of the normal distribution."""

_MOST_FOR_INTERVALS = 3_000
"""Intervals invert a dense matrix of this many rows: 72 MB, about a second."""

_BOUNDLESS = 40.0
"""exp(-40) is lost beside 1: differences that reach this have no finite maximum to reach."""

_SHOWN = 5


@dataclass(frozen=True)
class BradleyTerry(PairAggregator):
    """Maximum likelihood of Bradley and Terry's model, 1952, with ties after Davidson, 1970.

    A thing with score s is preferred to one with score r by odds of exp(s - r). With ties there is one more
    parameter, how often equals tie; ties then tell that two are close. Scores are given relative to the mean of
    their connected group: things that no chain of comparisons links cannot be compared.

    The maximum is infinite for what was never preferred or always preferred. So every thing is taken to have
    met an average one besides, ``regularization`` times, half of them won and half lost: a logistic prior.
    Intervals are Wald's, from the information at the maximum, virtual comparisons included. They take comparisons
    as independent, and are left out above 3,000 things.

    Args:
        regularization: Virtual comparisons a thing; 0 gives plain maximum likelihood.
        tolerance: Stop when no parameter moves by more than this.
        max_iter: Most steps of Newton's method; more than 10 are rarely taken.

    Raises:
        InputError: By ``aggregate`` and ``fit`` with ``regularization=0``, where no finite maximum exists.
    """

    regularization: float = 0.1
    tolerance: float = 1e-8
    max_iter: int = 100

    def __post_init__(self) -> None:
        if not 0 <= self.regularization < np.inf:
            raise SettingsError(f"'regularization' must be a number from 0 on; it is {self.regularization}.")
        if not 0 < self.tolerance < np.inf:
            raise SettingsError(f"'tolerance' must be above 0; it is {self.tolerance}.")
        if self.max_iter < 1:
            raise SettingsError(f"'max_iter' must be at least 1; it is {self.max_iter}.")

    def fit(self, comparisons: CodedComparisons, progress: Progress = no_progress) -> PairFit:
        """Return scores, their intervals and the fitted probabilities."""
        pairs, n_ids = comparisons.pairs, len(comparisons.ids)
        components = connected_groups(pairs.first, pairs.second, n_ids)
        if not self.regularization:
            _refuse_unbounded(comparisons, components)
        model = Davidson.from_counts(pairs, n_ids, self.regularization)
        found, values, converged = self._climb(model, components, progress)
        scores = _centred(found.parameters, components)[:n_ids]
        margin = None
        if n_ids <= _MOST_FOR_INTERVALS:
            margin = _NORMAL_95 * _standard_errors(found, components, pinned=self.regularization > 0)
        return PairFit(
            scores=scores,
            win_probability=(1 + found.lead[: len(pairs.first)]) / 2,
            tie_probability=found.tie[: len(pairs.first)],
            low=None if margin is None else scores - margin,
            high=None if margin is None else scores + margin,
            components=components,
            converged=converged,
            iterations=len(values),
            log_likelihood=tuple(values),
        )

    def _climb(
        self, model: Davidson, components: IntArray, progress: Progress
    ) -> tuple[Point, list[float], bool]:
        """Return where Newton's method ends, the values on the way, and whether it has settled."""
        point = model.at(model.start())
        values: list[float] = []
        for iteration in range(1, self.max_iter + 1):
            step = _newton_step(point, None if self.regularization else components)
            point = _uphill(point, step)
            values.append(point.value)
            progress(iteration, self.max_iter)
            if np.abs(step).max() <= self.tolerance:
                return point, values, True
            if not self.regularization and np.abs(point.difference).max() > _BOUNDLESS:
                raise InputError(
                    "Without regularization these comparisons have no finite maximum of the likelihood: some"
                    " things can be told apart from the rest without error. Set regularization above 0."
                )
        return point, values, False


def _newton_step(point: Point, free: IntArray | None) -> FloatArray:
    """Return where the quadratic at a point has its maximum, relative to it.

    Args:
        point: Where Newton's method is.
        free: The groups whose scores may move together, which changes nothing and is kept from happening; None
            where virtual comparisons hold them.
    """
    from scipy.sparse.linalg import LinearOperator, cg

    information, gradient = point.information(), point.gradient()
    diagonal = information.whole_diagonal()
    shape = (len(diagonal), len(diagonal))
    matrix = LinearOperator(shape, matvec=information.times, dtype=np.float64)
    scale = LinearOperator(shape, matvec=lambda vector: vector / diagonal, dtype=np.float64)
    if free is not None:
        gradient = _centred(gradient, free)
    step: FloatArray = cg(matrix, gradient, rtol=1e-10, maxiter=20 * len(diagonal), M=scale)[0]
    return step if free is None else _centred(step, free)


def _uphill(point: Point, step: FloatArray) -> Point:
    """Return the point a step further; the step is halved until it does not lead down."""
    rounding = 1e-13 * max(abs(point.value), 1.0)
    for halvings in range(50):
        further = point.model.at(point.parameters + step / 2**halvings)
        if further.value >= point.value - rounding:
            return further
    return point


def _centred(parameters: FloatArray, groups: IntArray) -> FloatArray:
    """Return parameters with the scores relative to the mean of their group."""
    scores = parameters[: len(groups)]
    means = np.bincount(groups, weights=scores)[1:] / np.bincount(groups)[1:]
    return np.append(scores - means[groups - 1], parameters[len(groups) :])


def _standard_errors(point: Point, components: IntArray, *, pinned: bool) -> FloatArray:
    """Return the standard error of each centred score: float64, shape (n_ids,).

    Unpinned scores may move together within a group; a term that holds each group's sum makes the matrix
    invertible and does not show in centred scores.
    """
    information = point.information().of_scores()
    member = np.equal.outer(components, np.arange(1, components.max() + 1)).astype(float)
    if not pinned:
        information += member @ member.T
    covariance = np.linalg.inv(information)
    share = member / member.sum(axis=0)
    with_mean = (covariance @ share)[np.arange(len(components)), components - 1]
    of_mean = np.diag(share.T @ covariance @ share)[components - 1]
    errors: FloatArray = np.sqrt(np.maximum(np.diag(covariance) - 2 * with_mean + of_mean, 0.0))
    return errors


def _refuse_unbounded(comparisons: CodedComparisons, components: IntArray) -> None:
    """Raise where some things were always preferred to the rest of their group, or everything tied."""
    pairs, n_ids = comparisons.pairs, len(comparisons.ids)
    if not (pairs.first_wins.any() or pairs.second_wins.any()):
        raise InputError(
            "Every comparison is a tie: without regularization the likelihood has no finite maximum. Set"
            " regularization above 0."
        )
    lost_to = (pairs.first_wins > 0) | (pairs.ties > 0)
    won_from = (pairs.second_wins > 0) | (pairs.ties > 0)
    begin = np.concatenate([pairs.first[lost_to], pairs.second[won_from]])
    end = np.concatenate([pairs.second[lost_to], pairs.first[won_from]])
    groups = connected_groups(begin, end, n_ids, directed=True)
    if groups.max() == components.max():
        return
    distinct = np.unique(np.stack([components, groups]), axis=1)
    several = np.flatnonzero((np.bincount(distinct[0]) > 1)[components])
    smallest = several[groups[several] == groups[several].max()]
    names = comparisons.ids.gather(smallest).to_list()
    shown = ", ".join(map(repr, names[:_SHOWN])) + (" …" if len(names) > _SHOWN else "")
    raise InputError(
        f"Without regularization the scores of {shown} have no finite maximum of the likelihood: against the"
        " rest they were always or never preferred. Set regularization above 0."
    )
