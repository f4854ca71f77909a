"""Accuracy, or AUC: whether relevant items come before the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["Accuracy"]


@dataclass(frozen=True)
class Accuracy(Measure):
    """Probability that a relevant item of the ranking comes before one that is not: the area under the ROC curve.

    Of all pairs of a relevant and another ranked item (judged or not), the share in the right order. As in
    ir_measures only ranked items count, so a ranking of all candidates is what it is for; where no relevant item is
    ranked the value is 0, where nothing else is, 1.

    Args:
        cutoff: How many ranks count; all by default.
        relevant_from: The lowest relevant grade, above 0; prints as ``rel``.

    >>> str(Accuracy()), str(Accuracy(100))
    ('Accuracy', 'Accuracy@100')
    """

    name: ClassVar[str] = "Accuracy"
    aliases: ClassVar[tuple[str, ...]] = ("AUC",)
    short: ClassVar[dict[str, str]] = {"relevant_from": "rel"}

    cutoff: int | None = None
    relevant_from: float = 1.0

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,)."""
        rankings = rankings if self.cutoff is None else rankings.first(self.cutoff)
        hits = rankings.found(self.relevant_from)
        counts = rankings.found_counts(self.relevant_from)
        others = rankings.ranked_counts - counts
        earlier = rankings.earlier(~(rankings.grades >= self.relevant_from), hits)
        wrong = np.bincount(hits.queries, weights=earlier, minlength=rankings.n_queries)
        shares = 1.0 - wrong / np.maximum(others * counts, 1.0)
        return np.where(counts > 0, shares, 0.0)
