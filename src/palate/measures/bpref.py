"""Bpref: a measure that unjudged items do not touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["Bpref"]


@dataclass(frozen=True)
class Bpref(Measure):
    """How rarely items judged not relevant are ranked before relevant ones; unjudged items count for nothing.

    The mean over the R items judged relevant of 1 - min(n, R) / min(N, R), where n of the N items judged not
    relevant (grades from 0, but below the threshold) are ranked before it; relevant items that are not ranked
    add 0. Without N it is the share of relevant items ranked. Buckley and Voorhees, Retrieval evaluation with
    incomplete information, SIGIR 2004, as corrected in trec_eval 8. Items of a grade below 0 count as not
    judged, as in trec_eval.

    Args:
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.

    >>> str(Bpref())
    'Bpref'
    """

    name: ClassVar[str] = "Bpref"
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}

    relevant_from: float = 1.0

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,)."""
        hits = rankings.found(self.relevant_from)
        irrelevant = (rankings.grades >= 0) & (rankings.grades < self.relevant_from)
        earlier = rankings.earlier(irrelevant, hits)
        relevant = rankings.relevant_counts(self.relevant_from)
        bounds = np.minimum(relevant, rankings.irrelevant_counts(self.relevant_from))[hits.queries]
        # where none is before, there may be none at all: 1 without a quotient
        shares = 1.0 - np.minimum(earlier, relevant[hits.queries]) / np.maximum(bounds, 1.0)
        sums = np.bincount(hits.queries, weights=shares, minlength=rankings.n_queries)
        return sums / np.maximum(relevant, 1.0)
