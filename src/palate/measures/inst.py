"""INST: the gain of a reader who goes on until enough is found."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures._scale import ScaledMeasure
from palate.measures.base import FloatArray, GradedRankings

__all__ = ["INST"]


_DEPTH = 1000
"""Ranks the reader may reach; cwl_eval, which ir_measures calls, stops there, too."""


@dataclass(frozen=True)
class INST(ScaledMeasure):
    """Expected rate of gain of a reader who wants T relevant items, and goes on as long as they lack.

    After rank i, with T(i) of the wanted gain still missing, the reader goes on with probability
    ((i + T + T(i) - 1) / (i + T + T(i)))². Moffat, Bailey, Scholer and Thomas, INST: an adaptive metric for
    information retrieval evaluation, ADCS 2015. The gain is the grade as
    a share of ``highest_grade``; the reader sees up to 1,000 ranks, as in cwl_eval.

    Args:
        T: How many relevant items the reader wants, from 0.5.
        highest_grade: The highest grade of the scale, above 0; prints as ``max_rel``.
        lowest_grade: The lowest, from 0: it and what is below gains nothing; prints as ``min_rel``.

    >>> str(INST(T=3, highest_grade=4))
    'INST(T=3,max_rel=4)'
    """

    name: ClassVar[str] = "INST"
    numbers: ClassVar[dict[str, tuple[float, float]]] = {
        "T": (0.5, 1e6),
        "highest_grade": (1e-6, math.inf),
        "lowest_grade": (0, math.inf),
    }

    T: float = 1.0
    highest_grade: float = 1.0
    lowest_grade: float = 0.0

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,).

        Raises:
            InputError: A grade is above ``highest_grade``.
        """
        rankings = self.on_scale(rankings)
        hits = rankings.found(0.0, _DEPTH)
        gains = hits.grades / self.full_gain
        by_rank = np.argsort(hits.ranks, kind="stable")
        ends = np.searchsorted(hits.ranks[by_rank], np.arange(_DEPTH + 1), side="right")
        reading, looked, gained, values = (
            np.full(rankings.n_queries, start) for start in (1.0, 0.0, 0.0, 0.0)
        )
        for rank in range(1, _DEPTH + 1):
            rows = by_rank[ends[rank - 1] : ends[rank]]
            queries = hits.queries[rows]
            values[queries] += reading[queries] * gains[rows]
            gained[queries] += gains[rows]
            looked += reading
            likely = (rank + 2.0 * self.T - gained - 1.0) / (rank + 2.0 * self.T - gained)
            reading *= likely**2
        rates: FloatArray = values / looked
        return rates
