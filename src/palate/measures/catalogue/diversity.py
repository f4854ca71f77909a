"""Diversity: how unlike each other the items of a list are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.core.errors import InputError
from palate.measures.catalogue.base import CatalogueMeasure, Need, Recommendations

__all__ = ["Diversity"]


@dataclass(frozen=True)
class Diversity(CatalogueMeasure):
    """Mean of 1 minus the cosine of the features of two items, over the pairs shown to a query, then over queries.

    Queries that are shown one item only do not count; an item without features (all 0) is unlike any other.
    Ziegler et al., Improving recommendation lists through topic diversification, WWW 2005.


    Args:
        cutoff: How many ranks a user is shown; must be given.

    >>> str(Diversity(10))
    'Diversity@10'
    """

    name: ClassVar[str] = "Diversity"
    aliases: ClassVar[tuple[str, ...]] = ("ILD",)
    needs_cutoff: ClassVar[bool] = True
    needs: ClassVar[frozenset[Need]] = frozenset({"features"})

    cutoff: int = 0  # refused by the check, so that the error can say what to write

    def value(self, recommendations: Recommendations) -> float:
        """Return the mean; from 0 to 1 if no feature is below 0.

        Raises:
            InputError: There are no features, or no query is shown two items.
        """
        if recommendations.features is None:
            raise InputError(
                f"{self} needs features of the items: columns of numbers beside 'item', or the column 'genres'.",
                where="features",
            )
        lengths = np.linalg.norm(recommendations.features, axis=1, keepdims=True)
        directions = recommendations.features / np.where(lengths > 0, lengths, 1.0)
        queries, items = recommendations.first(self.cutoff)
        counts = np.bincount(queries, minlength=recommendations.n_queries).astype(np.float64)
        # the cosines of all ordered pairs sum to the squared length of the sum, less each item's own
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
        sums = np.add.reduceat(directions[items], starts, axis=0)
        own = np.add.reduceat((lengths[items, 0] > 0).astype(np.float64), starts)
        several = counts > 1
        if not several.any():
            raise InputError(f"{self} needs a query that is shown at least 2 items; none is.", where="runs")
        cosines = ((sums**2).sum(axis=1) - own)[several] / (counts * (counts - 1.0))[several]
        return float(1.0 - cosines.mean())
