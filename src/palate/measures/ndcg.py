"""Normalized discounted cumulative gain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from palate.core.errors import InputError
from palate.measures.base import FloatArray, GradedRankings, Hits, Measure

__all__ = ["nDCG"]

_HIGHEST_EXPONENT = 1000.0
"""2 to this power, summed over a ranking, still is a float64."""


@dataclass(frozen=True)
class nDCG(Measure):
    """Gain of the ranked items, discounted by rank, as a share of the best gain that the judgments allow.

    The discount is 1 / log2(rank + 1) and the ideal ranking holds all judged items of the query, as in
    trec_eval. A query without an item of grade above 0 has the value 0. Järvelin and Kekäläinen, Cumulated
    gain-based evaluation of IR techniques, TOIS 2002; the exponential gain is that of Burges et al., 2005.

    Args:
        cutoff: How many ranks count; all by default.
        gain: ``linear`` (the grade, as in trec_eval) or ``exponential`` (2 to the grade, minus 1). Grades of
            0 and below gain nothing.

    >>> str(nDCG(10)), str(nDCG(10, gain="exponential"))
    ('nDCG@10', "nDCG(dcg='exp-log2')@10")
    """

    name: ClassVar[str] = "nDCG"
    short: ClassVar[dict[str, str]] = {"gain": "dcg"}
    choices: ClassVar[dict[str, dict[str, str]]] = {"gain": {"linear": "'log2'", "exponential": "'exp-log2'"}}

    cutoff: int | None = None
    gain: Literal["linear", "exponential"] = "linear"

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,).

        Raises:
            InputError: The gain is exponential and a grade is above 1,000.
        """
        ideal = self._discounted_gain(rankings.ideal_hits, rankings.n_queries)
        found = self._discounted_gain(rankings.hits, rankings.n_queries)
        values = np.divide(found, ideal, out=np.zeros_like(found), where=ideal > 0)
        return np.minimum(values, 1.0)  # sums of the same gains in another order differ in the last bit

    def _discounted_gain(self, hits: Hits, n_queries: int) -> FloatArray:
        if self.cutoff is not None:
            hits = hits.where(hits.ranks <= self.cutoff)
        gains = self._gains(hits.grades) / np.log2(hits.ranks + 1)
        return np.bincount(hits.queries, weights=gains, minlength=n_queries).astype(np.float64, copy=False)

    def _gains(self, grades: FloatArray) -> FloatArray:
        if self.gain == "linear":
            return grades
        if grades.max(initial=0.0) > _HIGHEST_EXPONENT:
            raise InputError(
                f"Exponential gain takes grades up to {_HIGHEST_EXPONENT:,.0f}; the highest here is"
                f" {grades.max():g}. Use nDCG with linear gain or rescale the grades.",
                where="judgments",
                column="grade",
            )
        return np.exp2(grades) - 1.0
