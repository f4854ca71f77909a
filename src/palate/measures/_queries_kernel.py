"""Queries in compiled code: their rows brought together, their items put in order and graded."""
# ruff: noqa: PLR0917 (compiled functions take flat arrays, by position)

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from palate.core.compiling import compiled
from palate.measures._fields_kernel import Fields, PlaceArray, bytes_below, fill_table, find_field

__all__ = ["group_rows", "rank_queries"]

FloatArray = npt.NDArray[np.float64]


@compiled
def group_rows(first_rows: PlaceArray, groups: PlaceArray, starts: PlaceArray, rows: PlaceArray) -> None:
    """Write the rows by group, those of a group in their order.

    Args:
        first_rows: The first row of each stretch of rows of one group, and the number of rows.
        groups: Each stretch's group.
        starts: Where each group begins among ``rows``; moved to where it ends.
        rows: One a row.
    """
    for stretch in range(len(groups)):
        place = starts[groups[stretch]]
        first, last = first_rows[stretch], first_rows[stretch + 1]
        for row in range(first, last):
            rows[place + row - first] = row
        starts[groups[stretch]] = place + last - first


@compiled
def rank_queries(
    items: Fields,
    scores: FloatArray,
    rows: PlaceArray,
    offsets: PlaceArray,
    judged: Fields,
    judged_items: PlaceArray,
    judged_grades: FloatArray,
    judged_offsets: PlaceArray,
    grades: FloatArray,
) -> bool:
    """Write the grades of every judged query's items, best first; return False if a query has an item twice.

    Args:
        items: Of the rows.
        scores: Of the rows.
        rows: By query.
        offsets: Where each query begins among ``rows``, and the end; queries without judgments come last.
        judged: The judged items.
        judged_items: Each judgment's item, by its place among these.
        judged_grades: Each judgment's grade.
        judged_offsets: Where each judged query begins among these, and the end.
        grades: Takes the grade of each row of a judged query; NaN where it is not judged.
    """
    most = np.diff(offsets).max()
    table = np.empty(_table_size(most), np.int32)
    found = np.empty(most, np.float64)
    n_judged = len(judged_offsets) - 1
    for query in range(len(offsets) - 1):
        first, last = offsets[query], offsets[query + 1]
        ranked = rows[first:last]
        of_query = table[: _table_size(last - first)]
        if not fill_table(items, ranked, of_query):
            return False
        if query >= n_judged:
            continue
        found[: last - first] = np.nan
        for judgment in range(judged_offsets[query], judged_offsets[query + 1]):
            place = find_field(judged, judged_items[judgment], items, ranked, of_query)
            if place >= 0:
                found[place] = judged_grades[judgment]
        order = _ranking(items, scores[ranked], ranked)
        for place in range(last - first):
            grades[first + place] = found[order[place]]
    return True


@compiled
def _table_size(count: int) -> int:
    size = 4
    while size < 2 * count:
        size *= 2
    return size


@compiled
def _ranking(items: Fields, scores: FloatArray, ranked: PlaceArray) -> PlaceArray:
    """Return the places of ranked items, highest score first, equal ones by their bytes, the highest first."""
    falling = (scores[1:] <= scores[:-1]).all()
    order = np.arange(len(ranked)) if falling else np.argsort(-scores)
    first = 0
    while first < len(order):
        last = first + 1
        while last < len(order) and scores[order[last]] == scores[order[first]]:
            last += 1
        if last - first > 1:
            _sort_by_bytes(items, ranked, order[first:last])
        first = last
    return order


@compiled
def _sort_by_bytes(items: Fields, ranked: PlaceArray, order: PlaceArray) -> None:
    """Put items in the order of their bytes, the highest first: Shell's sort, gaps a factor of 2.25 apart."""
    gap = len(order)
    while gap > 1:
        gap = max(gap * 4 // 9, 1)
        for i in range(gap, len(order)):
            moved, place = order[i], i
            while place >= gap and bytes_below(items, ranked[order[place - gap]], ranked[moved]):
                order[place] = order[place - gap]
                place -= gap
            order[place] = moved
