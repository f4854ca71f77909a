"""Precision at a recall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["IPrec"]


@dataclass(frozen=True)
class IPrec(Measure):
    """The highest precision at any rank where recall has reached the given share. Salton and McGill, 1983.

    Points at recall 0, 0.1, … 1 draw the interpolated precision-recall curve. Of R relevant items,
    recall · R + 0.9, rounded down, must be found, as trec_eval has it (``iprec_at_recall``).

    Args:
        recall: The share of the relevant items, in [0, 1]; prints behind ``@``.
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.
        judged_only: Whether items without a judgment are taken out of the rankings first (trec_eval's ``-J``).

    >>> str(IPrec(0.1)), str(IPrec(0.5, relevant_from=2))
    ('IPrec@0.1', 'IPrec(rel=2)@0.5')
    """

    name: ClassVar[str] = "IPrec"
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}
    numbers: ClassVar[dict[str, tuple[float, float]]] = {"recall": (0.0, 1.0)}
    at: ClassVar[str] = "recall"

    recall: float = 0.0
    relevant_from: float = 1.0
    judged_only: bool = False

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,)."""
        rankings = rankings.seen(judged_only=self.judged_only)
        hits = rankings.found(self.relevant_from)
        counts = np.bincount(hits.queries, minlength=rankings.n_queries)
        found = np.arange(1, len(hits.ranks) + 1) - (np.cumsum(counts) - counts)[hits.queries]
        needed = np.floor(self.recall * rankings.relevant_counts(self.relevant_from) + 0.9)
        enough = found >= needed[hits.queries]
        values = np.zeros(rankings.n_queries)
        np.maximum.at(values, hits.queries[enough], (found / hits.ranks)[enough])
        return values
