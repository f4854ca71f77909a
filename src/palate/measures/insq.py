"""INSQ: the gain of a reader who wants some relevant items."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures._scale import ScaledMeasure
from palate.measures.base import FloatArray, GradedRankings

__all__ = ["INSQ"]


_DEPTH = 1000
"""Ranks the reader may reach; cwl_eval, which ir_measures calls, stops there, too."""


@dataclass(frozen=True)
class INSQ(ScaledMeasure):
    """Expected rate of gain of a reader who wants T relevant items and grows less likely to stop.

    After rank i the reader goes on with probability ((i + 2T - 1) / (i + 2T))², whatever was found. Moffat,
    Scholer and Thomas, Models and metrics: IR evaluation as a user process, ADCS 2012. The gain is the grade as
    a share of ``highest_grade``; the reader sees up to 1,000 ranks, as in cwl_eval.

    Args:
        T: How many relevant items the reader wants, from 0.5.
        highest_grade: The highest grade of the scale, above 0; prints as ``max_rel``.
        lowest_grade: The lowest, from 0: it and what is below gains nothing; prints as ``min_rel``.

    >>> str(INSQ(T=3, highest_grade=4))
    'INSQ(T=3,max_rel=4)'
    """

    name: ClassVar[str] = "INSQ"
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
        reading, looked, values = 1.0, 0.0, np.zeros(rankings.n_queries)
        for rank in range(1, _DEPTH + 1):
            rows = by_rank[ends[rank - 1] : ends[rank]]
            queries = hits.queries[rows]
            values[queries] += reading * gains[rows]
            looked += reading
            likely = (rank + 2.0 * self.T - 1.0) / (rank + 2.0 * self.T)
            reading *= likely**2
        return values / looked
