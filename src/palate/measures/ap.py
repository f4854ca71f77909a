"""Average precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["AP"]


@dataclass(frozen=True)
class AP(Measure):
    """Precision at the rank of every relevant item, averaged over all items judged relevant.

    Relevant items that are not ranked, or ranked below the cutoff, count 0. A query without a relevant item
    has the value 0. Harman, 1992; with a cutoff it is trec_eval's ``map_cut``.

    Args:
        cutoff: How many ranks count; all by default.
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.
        judged_only: Whether items without a judgment are taken out of the rankings first (trec_eval's ``-J``).

    >>> str(AP(relevant_from=2))
    'AP(rel=2)'
    """

    name: ClassVar[str] = "AP"
    aliases: ClassVar[tuple[str, ...]] = ("MAP",)
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}

    cutoff: int | None = None
    relevant_from: float = 1.0
    judged_only: bool = False

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,)."""
        rankings = rankings.seen(judged_only=self.judged_only)
        hits = rankings.found(self.relevant_from)
        counts = np.bincount(hits.queries, minlength=rankings.n_queries)
        earlier = (np.cumsum(counts) - counts)[hits.queries]  # hits of the queries before
        precisions = (np.arange(1, len(earlier) + 1) - earlier) / hits.ranks
        if self.cutoff is not None:
            precisions = np.where(hits.ranks <= self.cutoff, precisions, 0.0)
        sums = np.bincount(hits.queries, weights=precisions, minlength=rankings.n_queries)
        return sums / np.maximum(rankings.relevant_counts(self.relevant_from), 1.0)
