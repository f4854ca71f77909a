"""Reciprocal rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["RR"]


@dataclass(frozen=True)
class RR(Measure):
    """One over the rank of the first relevant item; 0 if none is ranked. Kantor and Voorhees, 2000.

    Args:
        cutoff: How many ranks count; all by default.
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.
        judged_only: Whether items without a judgment are taken out of the rankings first (trec_eval's ``-J``).

    >>> str(RR()), str(RR(10))
    ('RR', 'RR@10')
    """

    name: ClassVar[str] = "RR"
    aliases: ClassVar[tuple[str, ...]] = ("MRR",)
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}

    cutoff: int | None = None
    relevant_from: float = 1.0
    judged_only: bool = False

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,)."""
        rankings = rankings.seen(judged_only=self.judged_only)
        hits = rankings.found(self.relevant_from, self.cutoff)
        firsts = np.flatnonzero(np.diff(hits.queries, prepend=-1))
        values = np.zeros(rankings.n_queries)
        values[hits.queries[firsts]] = 1.0 / hits.ranks[firsts]
        return values
