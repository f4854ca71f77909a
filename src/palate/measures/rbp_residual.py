"""What is not known about rank-biased precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["RBPResidual"]


@dataclass(frozen=True)
class RBPResidual(Measure):
    """How much higher RBP would be if all that is not judged were relevant: RBP lies within [RBP, RBP + this].

    The weight (1 - p) · p^(r - 1) of every rank whose item has no judgment, and p^n of all ranks behind the n
    that are ranked or counted. An item of a grade below 0 is judged and adds nothing. Moffat and Zobel, 2008.

    Args:
        cutoff: How many ranks are known; later ones count as not judged. All by default.
        p: Patience, as of the ``RBP`` it belongs to.

    >>> str(RBPResidual(p=0.9))
    'RBPResidual(p=0.9)'
    """

    name: ClassVar[str] = "RBPResidual"
    numbers: ClassVar[dict[str, tuple[float, float]]] = {"p": (1e-6, 1 - 1e-6)}
    needs_relevant: ClassVar[bool] = False

    cutoff: int | None = None
    p: float = 0.8

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,)."""
        rankings = rankings if self.cutoff is None else rankings.first(self.cutoff)
        counts = rankings.ranked_counts
        ranks = np.arange(len(rankings.grades)) - np.repeat(rankings.offsets[:-1], counts) + 1
        weights = np.where(np.isnan(rankings.grades), (1.0 - self.p) * self.p ** (ranks - 1.0), 0.0)
        queries = np.repeat(np.arange(rankings.n_queries), counts)
        unjudged = np.bincount(queries, weights=weights, minlength=rankings.n_queries)
        return np.minimum(unjudged + self.p ** counts.astype(np.float64), 1.0)
