"""The order that reverses the fewest of people's pairwise preferences, exactly."""

from __future__ import annotations

import heapq

import numpy as np
import numpy.typing as npt

from palate.aggregation.rankings.base import FloatArray
from palate.core.errors import InputError

__all__ = ["LARGEST", "kemeny_order"]

LARGEST = 18
"""Most items of one cycle: beyond, the 2^n sets of dynamic programming take minutes and gigabytes."""

Order = npt.NDArray[np.intp]


def kemeny_order(preferences: FloatArray, largest: int) -> tuple[Order, float]:
    """Return the best order and how many preferences it reverses.

    Majorities split the items into the strongly connected components of "is put above by most". Placing these in
    the order in which majorities lead reverses, between them, only minorities, which no order can undercut; so only
    the items within one, which beat each other in circles, need a search (Truchon, 1998, for the extended
    Condorcet criterion). Within, dynamic programming over sets (Betzler et al., 2009): the least cost of ordering
    what is left depends on which items are placed, not on how. Of several best orders the one that follows the
    margins of preference, and then the items' numbers, is returned.

    Args:
        preferences: Shape (n, n): how many put i above j.
        largest: Most items of one circle.

    Raises:
        InputError: More items than that beat each other in circles.
    """
    margin = preferences.sum(axis=1) - preferences.sum(axis=0)
    by_margin = np.lexsort((np.arange(len(margin)), -margin))
    sorted_preferences = preferences[np.ix_(by_margin, by_margin)]
    order: list[int] = []
    for circle in _circles(sorted_preferences > sorted_preferences.T):
        if len(circle) > largest:
            raise InputError(
                f"{len(circle)} items of one ranking beat each other in circles, so that the best order takes a"
                f" search among all of theirs; the most is {largest}. Choose plackett_luce or borda.",
                where="rankings",
            )
        order += circle[_best_order(sorted_preferences[np.ix_(circle, circle)])].tolist()
    found = by_margin[order]
    placed = preferences[np.ix_(found, found)]
    return found, float(np.tril(placed).sum())


def _circles(beats: npt.NDArray[np.bool_]) -> list[Order]:
    """Return the items that beat each other in circles, in the order in which they beat those after them."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    winners, losers = np.nonzero(beats)
    graph = coo_array((np.ones(len(winners)), (winners, losers)), shape=beats.shape)
    n_circles, circle_of = connected_components(graph, directed=True, connection="strong")
    member = np.zeros((n_circles, len(beats)), dtype=np.int64)
    member[circle_of, np.arange(len(beats))] = 1
    edges = (member @ beats.astype(np.int64) @ member.T) > 0
    np.fill_diagonal(edges, val=False)
    waits_for = edges.sum(axis=0)
    first = member.argmax(axis=1)
    ready = [(int(first[c]), c) for c in np.flatnonzero(waits_for == 0).tolist()]
    heapq.heapify(ready)
    circles = []
    while ready:
        _, circle = heapq.heappop(ready)
        circles.append(np.flatnonzero(member[circle]))
        waits_for -= edges[circle]
        for freed in np.flatnonzero(edges[circle] & (waits_for == 0)).tolist():
            heapq.heappush(ready, (int(first[freed]), freed))
    return circles


def _best_order(preferences: FloatArray) -> Order:
    """Return the best order by dynamic programming over the sets of items placed first."""
    n_items = len(preferences)
    sets = np.arange(1 << n_items)
    size = np.zeros(len(sets), dtype=np.int64)
    reversed_by = np.tile(preferences.sum(axis=0), (len(sets), 1))
    for item in range(n_items):
        inside = slice(1 << item, 2 << item)
        size[inside] = size[: 1 << item] + 1
        reversed_by[inside] = reversed_by[: 1 << item] - preferences[item]
    least = np.full(len(sets), np.inf)
    least[-1] = 0.0
    for placed in range(n_items - 1, -1, -1):
        here = sets[size == placed]
        for item in range(n_items):
            without = here[(here >> item) & 1 == 0]
            cost = reversed_by[without, item] + least[without | (1 << item)]
            least[without] = np.minimum(least[without], cost)
    order: list[int] = []
    at = 0
    while len(order) < n_items:
        left = np.flatnonzero((at >> np.arange(n_items)) & 1 == 0)
        costs = reversed_by[at, left] + least[at | (1 << left)]
        order.append(int(left[costs.argmin()]))
        at |= 1 << order[-1]
    return np.array(order, dtype=np.intp)
