"""Millions of coded rows brought into the order of their rankings and graded, in compiled code."""
# ruff: noqa: PLR0917 (compiled functions take flat arrays, by position)

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from palate.core.compiling import compiled
from palate.measures._fields_kernel import IntArray, PlaceArray

__all__ = ["gather_rows", "look_up_grades", "pack_keys", "unpack_rows"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_MOST = (1 << 63) - 1
_MINUS_ZERO = -(1 << 63)


@compiled
def gather_rows(
    queries: IntArray,
    items: IntArray,
    score_bits: PlaceArray,
    starts: PlaceArray,
    places: PlaceArray,
    rows: PlaceArray,
    ranked: IntArray,
    keys: PlaceArray,
    unsorted: BoolArray,
) -> None:
    """Write the rows of judged queries by query, with keys that rise as scores fall.

    Args:
        queries: The query of each row; -1 where it has no judgments.
        items: Its item.
        score_bits: The bits of its score.
        starts: Where each query begins among ``rows``.
        places: The same; moved to where it ends.
        rows: One for each row of a judged query.
        ranked: Takes the items of ``rows``.
        keys: Takes their keys.
        unsorted: One a query, false; made true where the rows do not come best first.
    """
    for row in range(len(queries)):
        query = queries[row]
        if query < 0:
            continue
        bits = score_bits[row]
        if bits == _MINUS_ZERO:
            bits = 0
        key = ~(bits ^ ((bits >> 63) & _MOST))  # the bits of negative floats fall as they rise
        place = places[query]
        rows[place], ranked[place], keys[place] = row, items[row], key
        places[query] = place + 1
        if place > starts[query] and keys[place - 1] > key:
            unsorted[query] = True


@compiled
def pack_keys(keys: PlaceArray, mask: int) -> None:
    """Write each key's place into its last bits."""
    for place in range(len(keys)):
        keys[place] = (keys[place] & ~mask) | place


@compiled
def unpack_rows(keys: PlaceArray, mask: int, rows: PlaceArray, ranked: IntArray) -> None:
    """Put one query's rows in the order of its sorted keys, and take the places out of these."""
    rows_before, ranked_before = rows.copy(), ranked.copy()
    for place in range(len(rows)):
        before = keys[place] & mask
        rows[place], ranked[place] = rows_before[before], ranked_before[before]
        keys[place] &= ~mask


@compiled
def look_up_grades(
    ranked: IntArray,
    offsets: PlaceArray,
    judged_offsets: PlaceArray,
    judged_items: PlaceArray,
    judged_grades: FloatArray,
    table: FloatArray,
    grades: FloatArray,
) -> None:
    """Write the grade of every ranked item.

    Args:
        ranked: Items by query; -1 where no query judges the item.
        offsets: Where each query begins among them, and the end.
        judged_offsets: Where each query begins among the judgments, and the end.
        judged_items: The item of each judgment.
        judged_grades: Its grade.
        table: One an item, and one more, all NaN, as they are again afterwards.
        grades: One for each of ``ranked``.
    """
    for query in range(len(offsets) - 1):
        first, last = judged_offsets[query], judged_offsets[query + 1]
        for judgment in range(first, last):
            table[judged_items[judgment]] = judged_grades[judgment]
        for place in range(offsets[query], offsets[query + 1]):
            grades[place] = table[ranked[place]]  # -1 is the last entry, NaN
        for judgment in range(first, last):
            table[judged_items[judgment]] = np.nan
