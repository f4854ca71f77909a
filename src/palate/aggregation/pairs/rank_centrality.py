"""Rank centrality: where a walk that tends to the preferred of two spends its time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.aggregation.pairs._pair_counts import PairCounts, connected_groups
from palate.aggregation.pairs._reliability import logistic
from palate.aggregation.pairs.base import CodedComparisons, FloatArray, PairAggregator, PairFit
from palate.core.coding import IntArray
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_counts, check_positive

__all__ = ["RankCentrality"]

_MOST_DENSE = 2_000
"""Up to so many things the walk's equations are solved as they are: a third of a second."""


@dataclass(frozen=True)
class RankCentrality(PairAggregator):
    """The logarithm of the stationary distribution of a walk over what met. Negahban, Oh and Shah, 2012, equation 2.

    From a thing the walk goes to each that it met at a rate that is the share of their comparisons which the other
    won, ties counted half. In the long run it is at a thing as often as Bradley and Terry's model has it strong;
    scores are logarithms, so they compare with that model's, and are relative to the mean of their connected group.
    Every pair is taken to have met ``regularization`` times more, half won each, so that the walk can leave what
    was never beaten. The stationary distribution does not depend on the paper's d_max, which only sets the pace.

    Args:
        regularization: Virtual comparisons a pair; above 0.
        tolerance: Stop when no share of time moves by more than this, relative to itself.
        max_iter: Most steps of the walk's distribution, above 2,000 things.

    >>> import polars as pl
    >>> rows = [("A", "B", "left")] * 3 + [("A", "B", "right")]
    >>> comparisons = pl.DataFrame(rows, schema=["left", "right", "label"], orient="row")
    >>> found = RankCentrality(regularization=1e-9).aggregate(comparisons).scores
    >>> round(float(np.exp(found["score"][0] - found["score"][1])), 3)
    3.0
    """

    goes_on: ClassVar[bool] = True

    regularization: float = 0.1
    tolerance: float = 1e-12
    max_iter: int = 100_000

    def __post_init__(self) -> None:
        check_positive(regularization=self.regularization, tolerance=self.tolerance)
        check_counts(max_iter=self.max_iter)

    def fit(self, comparisons: CodedComparisons, progress: Progress = no_progress) -> PairFit:
        """Return the scores and the probabilities they stand for."""
        pairs, n_ids = comparisons.pairs, len(comparisons.ids)
        components = connected_groups(pairs.first, pairs.second, n_ids)
        first_share = pairs.first_wins + (pairs.ties + self.regularization) / 2
        first_share = first_share / (pairs.comparisons + self.regularization)
        if n_ids <= _MOST_DENSE:
            time, iterations, converged = _solved(pairs, first_share, components), 1, True
            progress(1, 1)
        else:
            time, iterations, converged = self._walked(pairs, first_share, n_ids, progress)
        scores = np.log(time)
        scores -= (np.bincount(components, scores)[1:] / np.bincount(components)[1:])[components - 1]
        return PairFit(
            scores=scores,
            win_probability=logistic(scores[pairs.first] - scores[pairs.second]),
            components=components,
            converged=converged,
            iterations=iterations,
        )

    def _walked(
        self, pairs: PairCounts, first_share: FloatArray, n_ids: int, progress: Progress
    ) -> tuple[FloatArray, int, bool]:
        """Return the share of time at each thing by steps of the walk, how many, and whether they settled.

        The walk leaves each thing at once, and stays every other time, lest it swing between two sides; the time
        at a thing is how often it comes by times how long it would have stayed.
        """
        from scipy.sparse import csr_array

        begin, end = np.append(pairs.first, pairs.second), np.append(pairs.second, pairs.first)
        rate = np.append(1 - first_share, first_share)
        leaving = np.bincount(begin, rate, n_ids)
        into = csr_array((rate / leaving[begin], (end, begin)), shape=(n_ids, n_ids))
        visits = np.ones(n_ids)
        for iteration in range(1, self.max_iter + 1):
            further = (visits + into @ visits) / 2
            moved = float(np.abs(further / visits - 1).max())
            visits = further
            progress(iteration, self.max_iter)
            if moved <= self.tolerance:
                return visits / leaving, iteration, True
        return visits / leaving, self.max_iter, False


def _solved(pairs: PairCounts, first_share: FloatArray, components: IntArray) -> FloatArray:
    """Return the share of time at each thing: what flows in flows out, and each group's shares sum to 1."""
    n_ids = len(components)
    flow = np.zeros((n_ids, n_ids))
    flow[pairs.first, pairs.second] = first_share
    flow[pairs.second, pairs.first] = 1 - first_share
    flow[np.arange(n_ids), np.arange(n_ids)] = -flow.sum(axis=0)
    flow += np.equal.outer(components, components)
    return np.asarray(np.linalg.solve(flow, np.ones(n_ids)), dtype=np.float64)
