"""Scores of items in queries, drawn from around the items' own: where they are, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.core.coding import IntArray

__all__ = ["QueryCounts", "QueryScores", "count_by_query", "most_probable", "spread_from"]

FloatArray = npt.NDArray[np.float64]

_SETTLED = 1e-12
"""Steps stop where no score moves by more."""

_MOST_STEPS = 200

_LONGEST = 2.0
"""Of a step: farther, the quadratic is no picture of the likelihood."""


@dataclass(frozen=True)
class QueryCounts:
    """How comparisons ended, query by query; a tie is half a comparison won and half lost.

    Args:
        query: int64, shape (n_pairs,): in which query the two met, one entry a query's pair.
        first: int64, likewise: the place of the one in the query.
        second: int64, likewise: that of the other.
        wins: float64, likewise: how often the first was preferred.
        losses: float64, likewise.
        items: int64, shape (n_queries, most items of a query): the item at each place; any where there is none.
        there: bool, likewise: whether there is one.
        n_items: How many different items there are.
    """

    query: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    wins: FloatArray
    losses: FloatArray
    items: npt.NDArray[np.int64]
    there: npt.NDArray[np.bool_]
    n_items: int

    def by_item(self, values: FloatArray) -> FloatArray:
        """Return the sum over queries of what belongs to each item's places."""
        sums = np.bincount(self.items[self.there], weights=values[self.there], minlength=self.n_items)
        return np.asarray(sums, dtype=np.float64)


def count_by_query(
    query: IntArray, left: IntArray, right: IntArray, outcome: npt.NDArray[np.int8], n_items: int
) -> QueryCounts:
    """Return what comparisons sum to, query by query, in an order that does not depend on theirs.

    Args:
        query: Code of the query of each comparison.
        left: Code of the item on the left.
        right: Likewise, on the right.
        outcome: 1 left preferred, -1 right preferred, 0 tie.
        n_items: How many items there are.
    """
    lower, higher = np.minimum(left, right), np.maximum(left, right)
    won = np.where(left < right, outcome, -outcome)
    keys = (query * np.int64(n_items) + lower) * np.int64(n_items) + higher
    pairs, which = np.unique(keys, return_inverse=True)
    places = np.unique(np.append(query, query) * np.int64(n_items) + np.append(left, right))
    of_query, item = places // n_items, places % n_items
    n_queries = int(of_query[-1]) + 1
    starts = np.searchsorted(of_query, np.arange(n_queries))
    column = np.arange(len(places)) - starts[of_query]
    items = np.zeros((n_queries, int(column.max()) + 1), dtype=np.int64)
    there = np.zeros_like(items, dtype=np.bool_)
    items[of_query, column], there[of_query, column] = item, True
    pair_query, lower_code, higher_code = pairs // n_items**2, pairs // n_items % n_items, pairs % n_items
    first, second = (
        column[np.searchsorted(places, pair_query * n_items + code)] for code in (lower_code, higher_code)
    )
    return QueryCounts(
        query=pair_query,
        first=first,
        second=second,
        wins=np.bincount(which, weights=(won + 1) / 2).astype(np.float64),
        losses=np.bincount(which, weights=(1 - won) / 2).astype(np.float64),
        items=items,
        there=there,
        n_items=n_items,
    )


@dataclass(frozen=True)
class QueryScores:
    """Scores under given spreads, and the normal distribution around them.

    The items' own scores are most probable with Laplace's approximation of the likelihood in which those in queries are
    integrated out; those in queries are most probable given the items' own. (If all were simply most probable together,
    as in penalized quasi-likelihood, few comparisons a query would draw all scores to 0: Breslow and Lin, 1995.)

    Args:
        items: float64, shape (n_items,): the items' own scores.
        moved: float64, shape (n_queries, most items of a query): by how much each is higher in the query; 0 where there
            is none.
        item_covariance: float64, shape (n_items, n_items).
        shrinkage: float64, shape (n_queries, most, most): ``(1 + spread² H)^-1``, H being minus the second derivative of
            a query's log-likelihood: by how much a query's scores follow the items'.
        information: Likewise: H.
        tilt: Shape as ``moved``: the slope of minus half the logarithm of the determinant of ``1 + spread² H`` by the
            query's scores, as these follow the items'.
    """

    items: FloatArray
    moved: FloatArray
    item_covariance: FloatArray
    shrinkage: FloatArray
    information: FloatArray
    tilt: FloatArray

    def squares(self, counts: QueryCounts, spread: float) -> tuple[float, float]:
        """Return the expected sums of the items' squared scores, and of how much these move between queries.

        The second has what makes the spread between queries that of the highest approximate likelihood: its curvature
        changes with the spread, too.
        """
        own = float(np.sum(self.items**2) + np.trace(self.item_covariance))
        follow = -(spread**2) * self.information @ self.shrinkage  # shrinkage - 1, without cancellation
        variance = self._through(counts, follow) + spread**2 * _diagonals(self.shrinkage)
        moved = np.sum(self.moved**2) + 2 * spread**2 * np.sum(self.moved * self.tilt)
        return own, max(float(moved + np.sum(variance[counts.there])), 0.0)

    def in_queries(self, counts: QueryCounts, spread: float) -> tuple[FloatArray, FloatArray]:
        """Return the scores in each query, relative to the mean of those compared there, and their standard errors."""
        scores = np.where(counts.there, self.items[counts.items] + self.moved, 0.0)
        share = counts.there / counts.there.sum(axis=1, keepdims=True)
        centre = np.eye(counts.items.shape[1]) - share[:, np.newaxis, :]
        scores -= np.sum(scores * share, axis=1, keepdims=True)
        through = self._through(counts, centre @ self.shrinkage)
        own = _diagonals(centre @ (spread**2 * self.shrinkage) @ centre.transpose(0, 2, 1))
        return scores, np.sqrt(np.maximum(through + own, 0.0))

    def _through(self, counts: QueryCounts, factors: FloatArray) -> FloatArray:
        """Return the diagonals of ``factors @ (the items' covariance) @ factors'``, query by query."""
        inside = self.item_covariance[counts.items[:, :, np.newaxis], counts.items[:, np.newaxis, :]]
        inside = inside * counts.there[:, :, np.newaxis] * counts.there[:, np.newaxis, :]
        return np.asarray(np.einsum("qij,qjk,qik->qi", factors, inside, factors), dtype=np.float64)


def most_probable(
    counts: QueryCounts, item_spread: float, query_spread: float, start: tuple[FloatArray, FloatArray]
) -> QueryScores:
    """Return the scores under given spreads, by Newton's method.

    Args:
        counts: The comparisons.
        item_spread: Standard deviation of the items' own scores.
        query_spread: That of an item's scores in queries around its own; may be 0.
        start: Where to begin: the items' scores and how far they are moved in queries.
    """
    items, moved = start
    if query_spread == 0:
        moved = np.zeros_like(moved)
    for _ in range(_MOST_STEPS):
        slope, information, skew = _derivatives(counts, items[counts.items] + moved)
        shrinkage, inner = _inverses(counts, information, query_spread)
        tilt = _tilt(counts, shrinkage, skew, query_spread)
        wanted = _times(shrinkage, slope) + _times(inner, moved) + tilt
        precision = _precision(counts, inner, item_spread)
        step = np.linalg.solve(precision, counts.by_item(wanted) - items / item_spread**2)
        on_places = np.where(counts.there, step[counts.items], 0.0)
        change = query_spread**2 * (slope - _times(information, on_places)) - moved
        query_step = np.where(counts.there, _times(shrinkage, change), 0.0)
        length = max(float(np.abs(step).max()), float(np.abs(query_step).max()))
        share = min(1.0, _LONGEST / length) if length else 1.0
        items, moved = items + share * step, moved + share * query_step
        if length <= _SETTLED:
            break
    return QueryScores(items, moved, _inverse(precision), shrinkage, information, tilt)


def spread_from(squares: float, number: int, rate: float) -> float:
    """Return the most probable standard deviation of so many numbers, given the sum of their squares.

    Its prior is the gamma distribution with shape 2 and this rate, which keeps it from 0 (Chung et al., 2013).
    """
    # What is maximized is (1 - number) log(spread) - squares / (2 spread²) - rate spread.
    roots = np.roots([rate, number - 1.0, 0.0, -squares])
    spread = float(roots[np.isreal(roots) & (roots.real > 0)].real.max())
    for _ in range(3):  # the roots of a polynomial are good to half the digits
        value = rate * spread**3 + (number - 1) * spread**2 - squares
        spread -= value / (3 * rate * spread**2 + 2 * (number - 1) * spread)
    return spread


def _derivatives(counts: QueryCounts, scores: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the slope of the log-likelihood by queries' scores, minus its curvature, and of each pair how that changes."""
    from scipy.special import expit

    query, first, second = counts.query, counts.first, counts.second
    chance = expit(scores[query, first] - scores[query, second])
    met = counts.wins + counts.losses
    by_lead, curvature = counts.wins - met * chance, met * chance * (1 - chance)
    information = np.zeros((*scores.shape, scores.shape[1]))
    for one, other in ((first, second), (second, first)):
        np.add.at(information, (query, one, one), curvature)
        np.add.at(information, (query, one, other), -curvature)
    return _by_place(counts, by_lead), information, curvature * (1 - 2 * chance)


def _tilt(counts: QueryCounts, shrinkage: FloatArray, skew: FloatArray, query_spread: float) -> FloatArray:
    """Return by how much the approximate likelihood grows with the items' scores because its curvature falls."""
    query, first, second = counts.query, counts.first, counts.second
    apart = shrinkage[query, first, first] + shrinkage[query, second, second]
    apart = apart - shrinkage[query, first, second] - shrinkage[query, second, first]
    return _times(shrinkage, _by_place(counts, -(query_spread**2) / 2 * apart * skew))


def _by_place(counts: QueryCounts, by_lead: FloatArray) -> FloatArray:
    """Return the derivative by each score in a query from that by each pair's difference."""
    slope = np.zeros(counts.items.shape)
    np.add.at(slope, (counts.query, counts.first), by_lead)
    np.add.at(slope, (counts.query, counts.second), -by_lead)
    return slope


def _inverses(
    counts: QueryCounts, information: FloatArray, query_spread: float
) -> tuple[FloatArray, FloatArray]:
    """Return ``(1 + spread² H)^-1`` of each query, and H times that."""
    shrinkage = _inverse(np.eye(counts.items.shape[1]) + query_spread**2 * information)
    return shrinkage, information @ shrinkage


def _precision(counts: QueryCounts, inner: FloatArray, item_spread: float) -> FloatArray:
    """Return the inverse covariance of the items' own scores."""
    found = np.eye(counts.n_items) / item_spread**2
    np.add.at(found, (counts.items[:, :, np.newaxis], counts.items[:, np.newaxis, :]), inner)
    return (found + found.T) / 2


def _inverse(matrices: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.inv(matrices), dtype=np.float64)


def _times(matrices: FloatArray, vectors: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("qij,qj->qi", matrices, vectors), dtype=np.float64)


def _diagonals(matrices: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("qii->qi", matrices), dtype=np.float64)
