"""R-precision: precision at the rank that a perfect ranking needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["Rprec"]


@dataclass(frozen=True)
class Rprec(Measure):
    """Share of relevant items among the first R ranks, where R is how many items are judged relevant.

    Precision and recall are equal there. A query without a relevant item has the value 0. Buckley and Voorhees,
    2005; trec_eval's ``Rprec``.

    Args:
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.
        judged_only: Whether items without a judgment are taken out of the rankings first (trec_eval's ``-J``).

    >>> str(Rprec(relevant_from=2))
    'Rprec(rel=2)'
    """

    name: ClassVar[str] = "Rprec"
    aliases: ClassVar[tuple[str, ...]] = ("RPrecision",)
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}

    relevant_from: float = 1.0
    judged_only: bool = False

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,)."""
        rankings = rankings.seen(judged_only=self.judged_only)
        relevant = rankings.relevant_counts(self.relevant_from)
        hits = rankings.found(self.relevant_from)
        counted = hits.queries[hits.ranks <= relevant[hits.queries]]
        return np.bincount(counted, minlength=rankings.n_queries) / np.maximum(relevant, 1.0)
