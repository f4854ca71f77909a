"""The lowest and the highest value that a query's unjudged items allow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from palate.core.errors import SettingsError
from palate.evaluation._weighted_sums import Form, form_of
from palate.inference._ratio_extremes import RatioProblem, greatest_ratio
from palate.measures import AP, ERR, RR, GradedRankings, Measure, Success

__all__ = ["Bounds", "QueryHoles", "bounds_of_difference", "bounds_of_value", "weighted_form"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_MOST_TRIED = 4096
"""Ways to fill holes that are gone through one by one."""

_CELLS = 1 << 20
"""Ranks looked at in one go, over ways to fill holes."""

_RISING = (RR, Success, ERR)
"""Measures whose value rises, or stays, with the grade of every ranked item, and knows no others."""


@dataclass(frozen=True)
class Bounds:
    """Between which values a query's value must be.

    Args:
        low: The lowest.
        high: The highest.
        exact: Whether holes can be filled so that both are reached; otherwise they hold for sure, but may be too wide.
    """

    low: float
    high: float
    exact: bool


@dataclass(frozen=True)
class QueryHoles:
    """One query's items: judged ones, then holes.

    Args:
        grades: float64, shape (n_judged,).
        n_holes: How many items there are that nobody judged.
        levels: float64, rising: the grades that a hole can have.
    """

    grades: FloatArray
    n_holes: int
    levels: FloatArray

    def values(self, measure: Measure, ranks: IntArray, n_ranked: int, filled: FloatArray) -> FloatArray:
        """Return the values with holes filled in several ways, shape (n_ways,).

        Args:
            measure: The measure.
            ranks: int64, shape (n_judged + n_holes,): the rank of each item; 0 where the system does not rank it.
            n_ranked: How many items the system ranks.
            filled: float64, shape (n_ways, n_holes): grades.
        """
        ways = len(filled)
        grades = np.concatenate([np.broadcast_to(self.grades, (ways, len(self.grades))), filled], axis=1)
        rows = np.full((ways, n_ranked), np.nan)
        ranked = ranks > 0
        rows[:, ranks[ranked] - 1] = grades[:, ranked]
        highest_first = -np.sort(-grades, axis=1)
        rankings = GradedRankings(
            np.arange(ways + 1) * n_ranked,
            rows.ravel(),
            np.arange(ways + 1) * grades.shape[1],
            highest_first.ravel(),
        )
        return measure.per_query(rankings)


def weighted_form(measure: Measure) -> Form | None:
    """Return the measure as a weighted sum, or None if it is none."""
    try:
        return form_of(measure)
    except SettingsError:
        return None


def bounds_of_value(holes: QueryHoles, measure: Measure, ranks: IntArray, n_ranked: int) -> Bounds:
    """Return the bounds of one system's value; the arguments are those of ``QueryHoles.values``.

    Exact for weighted sums (P, R, DCG, nDCG, RBP), for RR, Success and ERR, for AP, and for all others where holes can be
    filled in few ways; else the bounds are those of the measure.
    """
    form = weighted_form(measure)
    if form is not None:
        return _of_weighted(holes, form, form.at(ranks))
    if isinstance(measure, AP) and not measure.judged_only:
        return _of_average_precision(holes, measure, ranks, n_ranked)
    if isinstance(measure, _RISING):
        filled = np.repeat(holes.levels[[0, -1], np.newaxis], holes.n_holes, axis=1)
    else:
        every = _every_filling(holes)
        if every is None:
            return Bounds(0.0, measure.highest, exact=False)
        filled = every
    values = holes.values(measure, ranks, n_ranked, filled)
    return Bounds(float(values.min()), float(values.max()), exact=True)


def bounds_of_difference(
    holes: QueryHoles, measure: Measure, first: tuple[IntArray, int], second: tuple[IntArray, int]
) -> Bounds:
    """Return the bounds of the first system's value minus the second's, holes being the same for both.

    Exact for weighted sums, and for all others where holes can be filled in few ways; else from the bounds of both.

    Args:
        holes: The items.
        measure: The measure.
        first: Ranks and the number of ranked items of one system.
        second: Those of the other.
    """
    form = weighted_form(measure)
    if form is not None:
        return _of_weighted(holes, form, form.at(first[0]) - form.at(second[0]))
    every = _every_filling(holes)
    if every is not None:
        values = holes.values(measure, *first, every) - holes.values(measure, *second, every)
        return Bounds(float(values.min()), float(values.max()), exact=True)
    one, other = bounds_of_value(holes, measure, *first), bounds_of_value(holes, measure, *second)
    low, high = one.low - other.high, one.high - other.low
    # A difference of bounded values cannot reach further than from one end to the other.
    return Bounds(max(low, -measure.highest), min(high, measure.highest), exact=False)


def _of_weighted(holes: QueryHoles, form: Form, weights: FloatArray) -> Bounds:
    n_judged = len(holes.grades)
    gains = form.gains(holes.grades)
    best = None
    if form.share_of == "relevant":
        best = np.arange(len(weights) + 1, dtype=np.float64)
    elif form.share_of == "ideal":
        best = form.sums(np.arange(len(weights) + 1))
    levels = np.unique(form.gains(holes.levels))
    problem = RatioProblem(weights[n_judged:], float(weights[:n_judged] @ gains), gains, levels, best)
    return Bounds(-greatest_ratio(problem.flipped()) + 0.0, greatest_ratio(problem), exact=True)


def _of_average_precision(holes: QueryHoles, measure: AP, ranks: IntArray, n_ranked: int) -> Bounds:
    """Return the bounds of AP, which rises with relevant items that are ranked and falls with those that are not.

    Of the holes that are ranked, a given number of relevant ones is best at the top and worst at the bottom; all numbers are
    tried. The others are not relevant at best, and relevant at worst.
    """
    relevant = np.concatenate(
        [holes.grades >= measure.relevant_from, np.zeros(holes.n_holes, dtype=np.bool_)]
    )
    if not holes.levels[0] < measure.relevant_from <= holes.levels[-1]:  # all holes are alike
        relevant[len(holes.grades) :] = holes.levels[0] >= measure.relevant_from
        free = np.empty(0, dtype=np.int64)
        outside = 0
    else:
        of_holes = ranks[len(holes.grades) :]
        free = np.sort(of_holes[of_holes > 0])
        outside = holes.n_holes - len(free)
    known = np.zeros(n_ranked, dtype=np.bool_)
    known[ranks[relevant & (ranks > 0)] - 1] = True
    n_relevant = int(relevant.sum())
    best = _average_precisions(known, free, n_relevant, measure.cutoff)
    worst = _average_precisions(known, free[::-1], n_relevant + outside, measure.cutoff)
    return Bounds(float(worst.min()), float(best.max()), exact=True)


def _average_precisions(
    known: npt.NDArray[np.bool_], free: IntArray, n_relevant: int, cutoff: int | None
) -> FloatArray:
    """Return AP with none, one, two … of the ranks in ``free`` relevant besides those known.

    Args:
        known: Whether each rank is relevant, shape (n_ranked,).
        free: Ranks, in the order in which they become relevant.
        n_relevant: How many relevant items there are, ranked or not, before any of these.
        cutoff: How many ranks count; all if None.
    """
    found = np.empty(len(free) + 1)
    ranks = np.arange(1, len(known) + 1)
    step = max(1, _CELLS // max(len(known), 1))
    for start in range(0, len(found), step):
        numbers = np.arange(start, min(start + step, len(found)))
        rows = np.broadcast_to(known, (len(numbers), len(known))).copy()
        turn = np.full(len(known), len(free))
        turn[free - 1] = np.arange(len(free))
        rows |= turn < numbers[:, np.newaxis]
        precisions = np.where(rows, np.cumsum(rows, axis=1) / ranks, 0.0)
        found[numbers] = precisions[:, :cutoff].sum(axis=1) / np.maximum(n_relevant + numbers, 1)
    return found


def _every_filling(holes: QueryHoles) -> FloatArray | None:
    """Return every way to fill the holes, or None if there are too many."""
    if holes.n_holes * math.log(len(holes.levels)) > math.log(_MOST_TRIED) + 1e-9:
        return None
    every: list[Any] = list(product(holes.levels.tolist(), repeat=holes.n_holes))
    return np.array(every, dtype=np.float64).reshape(len(every), holes.n_holes)
