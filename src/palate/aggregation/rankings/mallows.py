"""Mallows: a central ranking, and how closely people's rankings gather around it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from palate.aggregation.rankings._kemeny_order import LARGEST, kemeny_order
from palate.aggregation.rankings._ordered_pairs import preferences
from palate.aggregation.rankings.base import CodedRankings, FloatArray, RankingAggregator, RankingFit
from palate.core.errors import InputError, SettingsError
from palate.core.progress import Progress, no_progress

__all__ = ["Mallows"]

_SMALL = 1e-6
"""Below, the expected distance is taken from its series: the exact formula subtracts two great numbers."""


@dataclass(frozen=True)
class Mallows(RankingAggregator):
    """Maximum likelihood of Mallows' model, 1957, with Kendall's distance.

    A ranking that reverses d pairs of the central one has a probability in proportion to
    ``exp(-dispersion * d)``: at 0 all orders are equally probable, the greater it is the closer people agree. The
    central ranking is Kemeny's, found exactly. A ranking of some of the items is taken as Mallows' over these; with
    ``unranked="last"`` the likelihood is that of the listed ones chosen first, one after the other, from all
    (Fligner and Verducci, 1986). Ties are refused.

    Where people agree entirely the maximum is infinite; so they are taken to have reversed ``regularization``
    pairs besides, an exponential prior. The score of an item is the number of items below it; the result's
    ``tasks`` has the columns ``dispersion``, ``distance`` (pairs reversed) and ``log_likelihood``.

    Args:
        regularization: Pairs taken to be reversed beforehand, in each task; 0 gives plain maximum likelihood.
        largest: Most items that may beat each other in one circle; at most 18 (see ``Kemeny``).

    Raises:
        InputError: By ``aggregate`` and ``fit``, where there are ties, a circle has more items, or, with
            ``regularization=0``, people agree entirely.
    """

    regularization: float = 0.1
    largest: int = 14

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.regularization < np.inf:
            raise SettingsError(f"'regularization' must be a number from 0 on; it is {self.regularization}.")
        if not 1 <= self.largest <= LARGEST:
            raise SettingsError(f"'largest' must be between 1 and {LARGEST}; it is {self.largest}.")

    def fit(self, rankings: CodedRankings, progress: Progress = no_progress) -> RankingFit:
        """Return the central rankings and their dispersions."""
        rankings.refuse_ties("mallows")
        scores, n_groups = np.zeros(len(rankings.items)), rankings.n_groups
        distances, dispersions, values = np.zeros(n_groups), np.zeros(n_groups), np.zeros(n_groups)
        choices = _choices(rankings)
        for group, table in enumerate(preferences(rankings)):
            order, distances[group] = kemeny_order(table, self.largest)
            scores[rankings.candidate_offsets[group] + order] = np.arange(len(order))[::-1]
            sizes, times = choices[group]
            dispersions[group] = _most_probable(sizes, times, distances[group] + self.regularization)
            values[group] = _log_likelihood(sizes, times, distances[group], dispersions[group])
            progress(group + 1, n_groups)
        return RankingFit(
            scores,
            per_task={"dispersion": dispersions, "distance": distances, "log_likelihood": values},
            log_likelihood=(float(values.sum()),),
        )


def _choices(rankings: CodedRankings) -> list[tuple[FloatArray, FloatArray]]:
    """Return, for each group, from how many candidates (2 or more) its rankings chose, and how often."""
    lengths = np.diff(rankings.offsets)
    place = np.arange(len(rankings.candidates)) - np.repeat(rankings.offsets[:-1], lengths)
    size = np.repeat(lengths, lengths) - place
    group = rankings.group_of_candidate[rankings.candidates]
    chosen = rankings.listed & (size > 1)
    found = []
    keys, times = np.unique(np.stack([group[chosen], size[chosen]]), axis=1, return_counts=True)
    bounds = np.searchsorted(keys[0], np.arange(rankings.n_groups + 1))
    for first, stop in pairwise(bounds):
        found.append((keys[1, first:stop].astype(np.float64), times[first:stop].astype(np.float64)))
    return found


def _most_probable(sizes: FloatArray, times: FloatArray, distance: float) -> float:
    """Return the dispersion under which so many pairs are expected to be reversed; 0 where there are more."""
    if distance >= times @ _expected_distance(sizes, 0.0):
        return 0.0
    if distance == 0:
        raise InputError(
            "Without regularization the dispersion has no finite maximum of the likelihood: all annotators of a"
            " task agree entirely. Set regularization above 0.",
            where="rankings",
        )
    from scipy.optimize import brentq

    high = 1.0
    while times @ _expected_distance(sizes, high) > distance:
        high *= 2
    found: float = brentq(
        lambda x: float(times @ _expected_distance(sizes, x)) - distance, 0.0, high, xtol=1e-13
    )
    return found


def _expected_distance(sizes: FloatArray, dispersion: float) -> FloatArray:
    """Return how many pairs one choice from so many candidates is expected to reverse."""
    if dispersion < _SMALL:
        return (sizes - 1) / 2 - (sizes**2 - 1) * dispersion / 12
    fades = np.exp(-sizes * dispersion)
    expected: FloatArray = 1 / np.expm1(dispersion) - sizes * fades / (1 - fades)
    return expected


def _log_likelihood(sizes: FloatArray, times: FloatArray, distance: float, dispersion: float) -> float:
    if dispersion == 0:
        return float(-times @ np.log(sizes))
    normalizers = np.log(-np.expm1(-sizes * dispersion)) - np.log(-np.expm1(-dispersion))
    return float(-dispersion * distance - times @ normalizers)
