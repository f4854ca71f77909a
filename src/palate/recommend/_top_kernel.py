"""The hot loops of finding the highest scores of many users."""
# ruff: noqa: PLR0917 (compiled functions take flat arrays and counts, by position)

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from palate.core.compiling import compiled

__all__ = ["offer", "screen_rows", "top_row", "top_rows"]

_BLOCK = 64
"""Scores that are looked at together: most blocks of a long row hold none of the highest."""
_GROUPS = 4
"""Groups an item wanted: with so many, a sixth more scores than are wanted reach the border that their maxima give."""
_LOWEST = float(np.finfo(np.float32).min)
"""Below any product that is a number."""

IntArray = npt.NDArray[np.int32]
ScoreArray = npt.NDArray[np.float64]
FactorArray = npt.NDArray[np.float32]


@compiled
def top_rows(
    scores: ScoreArray,
    users: IntArray,
    seen_offsets: IntArray,
    seen_items: IntArray,
    items: IntArray,
    best: ScoreArray,
    counts: IntArray,
) -> None:
    """Write the highest of each row, best first, of equal ones the first; what was seen becomes -inf and is left out.

    Args:
        scores: Shape (n_users, n_items).
        users: Whose rows they are; -1 has seen nothing.
        seen_offsets: Where each user's items begin in ``seen_items``; empty: nobody has seen anything.
        seen_items: What users have seen.
        items: Shape (n_users, cutoff); takes the items.
        best: Likewise; takes their scores.
        counts: Shape (n_users,); takes how many each row has.
    """
    for row in range(len(users)):
        counts[row] = top_row(scores[row], users[row], seen_offsets, seen_items, items[row], best[row])


@compiled
def top_row(
    scores: ScoreArray,
    user: int,
    seen_offsets: IntArray,
    seen_items: IntArray,
    items: IntArray,
    best: ScoreArray,
) -> int:
    """Do as :func:`top_rows` does with one row; return how many it has."""
    _hide(scores, user, seen_offsets, seen_items)
    count = _highest(scores, items, best)
    _sort(items, best, count)
    return count


@compiled
def screen_rows(
    products: FactorArray,
    slacks: ScoreArray,
    user_factors: ScoreArray,
    item_factors: FactorArray,
    users: IntArray,
    seen_offsets: IntArray,
    seen_items: IntArray,
    items: IntArray,
    best: ScoreArray,
    counts: IntArray,
) -> None:
    """Do as :func:`top_rows` does, with scores that are known within half of ``slacks`` and computed where it matters."""
    for row in range(len(users)):
        near = products[row]
        _hide(near, users[row], seen_offsets, seen_items)
        lowest = np.float32(max(_reached(near, items.shape[1]) - slacks[row], _LOWEST))
        counts[row] = 0
        for first in range(0, len(near), _BLOCK):
            last = min(first + _BLOCK, len(near))
            if not _some_reach(near, first, last, lowest):
                continue
            for item in range(first, last):
                if near[item] >= lowest:
                    score = _product(user_factors[row], item_factors[item])
                    counts[row] = offer(score, item, items[row], best[row], counts[row])
        _sort(items[row], best[row], counts[row])


@compiled
def _product(user: Any, item: Any) -> float:
    score = 0.0
    for f in range(len(user)):
        score += user[f] * item[f]
    return score


@compiled
def _hide(scores: Any, user: int, seen_offsets: IntArray, seen_items: IntArray) -> None:
    if user >= 0 and len(seen_offsets) > 0:
        for at in range(seen_offsets[user], seen_offsets[user + 1]):
            scores[seen_items[at]] = -np.inf


@compiled
def _highest(scores: Any, items: IntArray, best: ScoreArray) -> int:
    """Put the highest on a heap whose first is the one to give way next; return how many there are."""
    count = 0
    lowest = max(_reached(scores, len(items)), _LOWEST)
    for first in range(0, len(scores), _BLOCK):
        last = min(first + _BLOCK, len(scores))
        if not _some_reach(scores, first, last, lowest):
            continue
        for item in range(first, last):
            if scores[item] >= lowest:
                count = offer(scores[item], item, items, best, count)
    return count


@compiled
def _reached(scores: Any, count: int) -> float:
    """Return what at least so many scores reach and not many more, -inf if there are fewer.

    It is the lowest of the highest so many of the maxima of groups. A group takes every n-th score, because neighbours
    may be alike, such as items in the order of their popularity.
    """
    if len(scores) < count:
        return -np.inf
    maxima = scores[: _GROUPS * count].copy()
    for start in range(len(maxima), len(scores), len(maxima)):
        for group in range(min(len(maxima), len(scores) - start)):
            maxima[group] = max(maxima[group], scores[start + group])
    return float(np.partition(maxima, len(maxima) - count)[len(maxima) - count])


@compiled
def _some_reach(scores: Any, first: int, last: int, least: Any) -> bool:
    """Return whether a score of a block is at least so high: without a branch an item, so that eight are compared at once."""
    found = 0
    for item in range(first, last):
        found |= scores[item] >= least
    return found != 0


@compiled
def offer(score: float, item: int, items: IntArray, best: ScoreArray, count: int) -> int:
    """Put an item on the heap if there is room or if it beats the first; return how many there are."""
    if count < len(items):
        place = count
        while place > 0:
            parent = (place - 1) // 2
            if not _is_worse(score, item, best[parent], items[parent]):
                break
            items[place], best[place] = items[parent], best[parent]
            place = parent
        items[place], best[place] = item, score
        return count + 1
    if _is_worse(best[0], items[0], score, item):
        _sift(score, item, items, best, count)
    return count


@compiled
def _sift(score: float, item: int, items: IntArray, best: ScoreArray, count: int) -> None:
    """Put an item in the place of the heap's first, and let it sink."""
    place = 0
    while True:
        child = 2 * place + 1
        if child >= count:
            break
        if child + 1 < count and _is_worse(best[child + 1], items[child + 1], best[child], items[child]):
            child += 1
        if not _is_worse(best[child], items[child], score, item):
            break
        items[place], best[place] = items[child], best[child]
        place = child
    items[place], best[place] = item, score


@compiled
def _sort(items: IntArray, best: ScoreArray, count: int) -> None:
    """Turn the heap into a list, best first."""
    for last in range(count - 1, 0, -1):
        item, score = items[last], best[last]
        items[last], best[last] = items[0], best[0]
        _sift(score, item, items, best, last)


@compiled
def _is_worse(score: float, item: int, other_score: float, other: int) -> bool:
    return score < other_score or (score == other_score and item > other)
