"""The gain of a reader who looks at an item and then goes on or stops: what C/W/L measures share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from palate.measures.base import FloatArray, GradedRankings

__all__ = ["LAST_RANK", "reading_rates"]

LAST_RANK = 1000
"""Ranks the reader may reach; cwl_eval, which ir_measures calls, stops there, too."""


def reading_rates(
    rankings: GradedRankings,
    highest_grade: float,
    last_rank: int,
    goes_on: Callable[[int, FloatArray, FloatArray], FloatArray],
) -> FloatArray:
    """Return the expected gain of a rank that is looked at, shape (n_queries,).

    Each rank weighs as much as it is probable that the reader gets there: the expected rate of gain of Moffat,
    Bailey, Scholer and Thomas, Incorporating user expectations and behavior into the measurement of search
    effectiveness, TOIS 2017.

    Args:
        rankings: The rankings; no grade is above ``highest_grade``.
        highest_grade: The grade that gains 1.
        last_rank: Where every reader stops.
        goes_on: Takes a rank, the grade there (0 where nothing is gained) and the sum of the grades up to there, each
            of shape (n_queries,), and returns how probable it is that a reader of this rank goes on.
    """
    hits = rankings.found(0.0, last_rank)
    by_rank = np.argsort(hits.ranks, kind="stable")
    ends = np.searchsorted(hits.ranks[by_rank], np.arange(last_rank + 1), side="right")
    reading, looked, gained, values = (np.full(rankings.n_queries, start) for start in (1.0, 0.0, 0.0, 0.0))
    for rank in range(1, last_rank + 1):
        rows = by_rank[ends[rank - 1] : ends[rank]]
        grades = np.zeros(rankings.n_queries)
        grades[hits.queries[rows]] = hits.grades[rows]
        gained += grades
        values += reading * grades
        looked += reading
        reading = reading * goes_on(rank, grades, gained)
        if not reading.any():
            break
    rates: FloatArray = values / looked / highest_grade
    return np.minimum(rates, 1.0)  # sums of the same weights in another order differ in the last bit
