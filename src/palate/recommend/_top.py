"""The highest scores of users, the same ones every time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from palate.core.coding import IntArray

__all__ = ["Seen", "Top", "longest_of", "room_for", "rows_of", "top_scores", "top_screened"]

ScoreArray = npt.NDArray[np.float64]
FactorArray = npt.NDArray[np.float32]

Seen = Any
"""A scipy sparse matrix in rows, users by items: what is left out; their stubs lose the type."""


@dataclass(frozen=True)
class Top:
    """The highest items of some users, best first; of equal ones those of the lowest code.

    Args:
        counts: How many each user has, int32, shape (n_users,).
        items: Codes, int32, shape (n_users, cutoff); what lies behind the count means nothing.
        scores: float64, likewise.
    """

    counts: IntArray
    items: IntArray
    scores: ScoreArray


def room_for(n_users: int, cutoff: int) -> Top:
    """Return room for the highest items of so many users."""
    return Top(
        np.zeros(n_users, dtype=np.int32),
        np.empty((n_users, cutoff), dtype=np.int32),
        np.empty((n_users, cutoff)),
    )


def top_scores(scores: ScoreArray, users: IntArray, seen: Seen | None, cutoff: int) -> Top:
    """Return the highest items of each row of ``scores``; ``-inf`` is never among them.

    Args:
        scores: Shape (n_users, n_items). What users have seen is set to ``-inf`` here.
        users: Whose rows they are, -1 for unknown ones.
        seen: What each user has seen; None: nothing is left out.
        cutoff: The most items of a user; at most n_items.
    """
    from palate.recommend._top_kernel import top_rows

    top = room_for(len(users), cutoff)
    top_rows(scores, users, *rows_of(seen), top.items, top.scores, top.counts)
    return top


def top_screened(
    users: IntArray,
    user_factors: ScoreArray,
    item_factors: FactorArray,
    seen: Seen | None,
    cutoff: int,
    *,
    longest: float,
) -> Top:
    """Return the highest products of factors: found among BLAS's fast products, and then computed exactly.

    BLAS's sums differ in the last bits with the shapes of what it multiplies. Its float32 products lie within a bound
    of the exact ones (n + 4 rounding errors of the product of the lengths; Higham, 2002, section 3.1; here doubled), so
    that whatever may be among the highest is within twice the bound of the lowest of the highest. Only that is computed
    again, as :meth:`FittedFactors.score` does: the result is the same to the last bit, several times as fast.

    Args:
        users: Their codes, -1 for unknown ones.
        user_factors: Theirs, shape (n_users, n_factors).
        item_factors: Shape (n_items, n_factors).
        seen: What each user has seen; None: nothing is left out.
        cutoff: The most items of a user; at most n_items.
        longest: The length of the longest item's factors, or more; see :func:`longest_of`.
    """
    from palate.recommend._top_kernel import screen_rows

    top = room_for(len(users), cutoff)
    products = user_factors.astype(np.float32) @ item_factors.T
    lengths = np.sqrt(np.square(user_factors).sum(axis=1))
    slacks = 2 * (item_factors.shape[1] + 4) * float(np.finfo(np.float32).eps) * longest * lengths
    seen_rows = rows_of(seen)
    screen_rows(
        products, slacks, user_factors, item_factors, users, *seen_rows, top.items, top.scores, top.counts
    )
    return top


def longest_of(factors: FactorArray) -> float:
    """Return the length of the longest row: once for all blocks of users, since it takes as long as dozens of them."""
    return float(np.sqrt(np.square(factors, dtype=np.float64).sum(axis=1)).max(initial=0.0))


def rows_of(seen: Seen | None) -> tuple[Any, Any]:
    """Return where each user's items begin, and the items."""
    if seen is None:
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32)
    return seen.indptr, seen.indices
