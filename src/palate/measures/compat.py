"""Compatibility: how alike a ranking is to an ideal one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["Compat"]


@dataclass(frozen=True)
class Compat(Measure):
    """Rank-biased overlap of the ranking with the most alike of its ideal rankings.

    Ideal rankings hold all items of grade above 0, the highest grade first; of equal grades the order of the
    ranking itself is taken. Grades may be classes of preference, as few or many as people made out.
    Clarke, Vtyurina and Smucker, Assessing top-k preferences, TOIS 2021. Overlap is summed down to the longer of
    the two rankings, as in ir_measures.

    Args:
        p: How slowly weight falls with rank, in (0, 1); 0.95 looks at about 20 ranks.
        normalize: Whether the value is a share of the best that the judgments allow.

    >>> str(Compat(p=0.9)), str(Compat(normalize=False))
    ('Compat(p=0.9)', 'Compat(normalize=False)')
    """

    name: ClassVar[str] = "Compat"
    numbers: ClassVar[dict[str, tuple[float, float]]] = {"p": (1e-6, 1 - 1e-6)}

    p: float = 0.95
    normalize: bool = True

    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value in [0, 1] a query, shape (n_queries,)."""
        hits, ideal = rankings.hits, rankings.ideal_hits
        depths = np.maximum(rankings.ranked_counts, rankings.relevant_counts(0.0).astype(np.int64))
        weights = self.p ** np.arange(depths.max(initial=0))
        # an item that both rankings hold from depth d on adds weight / depth at every depth from there
        summed = np.concatenate([[0.0], np.cumsum(weights / np.arange(1, len(weights) + 1))])
        both = np.maximum(hits.ranks, _ideal_ranks(rankings))
        found = _summed(hits.queries, summed[depths[hits.queries]] - summed[both - 1], rankings.n_queries)
        if self.normalize:
            own = summed[depths[ideal.queries]] - summed[ideal.ranks - 1]
            best = _summed(ideal.queries, own, rankings.n_queries)
        else:
            best = np.concatenate([[0.0], np.cumsum(weights)])[depths]
        values = np.divide(found, best, out=np.zeros_like(found), where=best > 0)
        return np.minimum(values, 1.0)  # sums of the same terms in another order differ in the last bit


def _ideal_ranks(rankings: GradedRankings) -> npt.NDArray[np.int64]:
    """Return the rank that each hit has in the ideal ranking: after all of higher grade and its likes before."""
    hits, ideal = rankings.hits, rankings.ideal_hits
    order = np.lexsort((hits.ranks, -hits.grades, hits.queries))
    ranked = hits.where(order)  # by query, highest grade first, then as ranked
    starts = _first_of_each(ranked.queries, ranked.grades)
    among_likes = np.arange(len(starts)) - starts
    # the ideal hits come in the same order, with those that are not ranked
    firsts = np.flatnonzero(_first_of_each(ideal.queries, ideal.grades) == np.arange(len(ideal.queries)))
    names = np.stack([ideal.queries[firsts].astype(np.float64), -ideal.grades[firsts]])
    wanted = np.stack([ranked.queries.astype(np.float64), -ranked.grades])
    _, codes = np.unique(np.concatenate([names, wanted], axis=1), axis=1, return_inverse=True)
    found = np.empty(len(order), dtype=np.int64)
    found[order] = ideal.ranks[firsts[codes[len(firsts) :]]] + among_likes
    return found


def _first_of_each(queries: npt.NDArray[np.int64], grades: FloatArray) -> npt.NDArray[np.int64]:
    """Return for each row where its stretch of equal query and grade begins."""
    rows = np.arange(len(queries))
    same = (queries[1:] == queries[:-1]) & (grades[1:] == grades[:-1])
    return np.maximum.accumulate(np.where(np.concatenate([[False], same]), 0, rows)) if len(rows) else rows


def _summed(queries: npt.NDArray[np.int64], values: FloatArray, n_queries: int) -> FloatArray:
    return np.bincount(queries, weights=values, minlength=n_queries).astype(np.float64)
