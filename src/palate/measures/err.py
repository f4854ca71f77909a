"""Expected reciprocal rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["ERR"]


@dataclass(frozen=True)
class ERR(Measure):
    """Expected value of 1 / rank where the reader, who reads down the ranking, is satisfied and stops.

    An item of grade g satisfies with probability R = (2^g - 1) / 2^``highest_grade``; ERR is the sum over ranks
    r of R(r) / r times the product of 1 - R over the ranks before. Chapelle et al., Expected reciprocal rank for
    graded relevance, CIKM 2009, algorithm 2. With the default it is what TREC's gdeval reports, which
    ir_measures calls.

    Args:
        cutoff: How many ranks count; all by default.
        highest_grade: The highest grade of the scale, above 0; prints as ``max_rel``.

    >>> str(ERR(20)), str(ERR(highest_grade=3))
    ('ERR@20', 'ERR(max_rel=3)')
    """

    name: ClassVar[str] = "ERR"
    short: ClassVar[dict[str, str]] = {"highest_grade": "max_rel"}
    numbers: ClassVar[dict[str, tuple[float, float]]] = {"highest_grade": (1e-6, 1000)}

    cutoff: int | None = None
    highest_grade: float = 4.0

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1) a query, shape (n_queries,).

        Raises:
            InputError: A grade is above ``highest_grade``.
        """
        rankings.refuse_grades_above(self.highest_grade, self)
        hits = (
            rankings.hits if self.cutoff is None else rankings.hits.where(rankings.hits.ranks <= self.cutoff)
        )
        stops = (np.exp2(hits.grades) - 1.0) / np.exp2(self.highest_grade)
        values, reading = np.zeros(rankings.n_queries), np.ones(rankings.n_queries)
        for rows in hits.in_steps(rankings.n_queries):
            queries = hits.queries[rows]
            values[queries] += reading[queries] * stops[rows] / hits.ranks[rows]
            reading[queries] *= 1.0 - stops[rows]
        return values
