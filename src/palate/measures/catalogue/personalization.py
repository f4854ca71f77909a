"""Personalization: how unlike each other the lists of two users are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.core.errors import InputError
from palate.measures.catalogue.base import CatalogueMeasure, Recommendations

__all__ = ["Personalization"]


@dataclass(frozen=True)
class Personalization(CatalogueMeasure):
    """Mean over pairs of queries of 1 minus the cosine of what both are shown: 0 if all see the same, 1 if nobody shares.

    The cosine of two lists is how many items they share over the root of the product of their lengths; ranks do not
    matter. Zhou et al., Solving the apparent diversity-accuracy dilemma of recommender systems, PNAS 2010 (h(L), which
    for lists of one length is the same).

    Args:
        cutoff: How many ranks a user is shown; must be given.

    >>> str(Personalization(10))
    'Personalization@10'
    """

    name: ClassVar[str] = "Personalization"
    aliases: ClassVar[tuple[str, ...]] = ("InterListDiversity",)
    needs_cutoff: ClassVar[bool] = True

    cutoff: int = 0  # refused by the check, so that the error can say what to write

    def value(self, recommendations: Recommendations) -> float:
        """Return the mean, in [0, 1].

        Raises:
            InputError: There is only one query.
        """
        n = recommendations.n_queries
        if n < 2:
            raise InputError(f"{self} compares the lists of at least 2 queries; there is {n}.", where="runs")
        queries, items = recommendations.first(self.cutoff)
        weights = 1.0 / np.sqrt(np.bincount(queries))[queries]
        together = np.bincount(items, weights=weights)
        # the cosines of all ordered pairs sum to the squared length of the sum, less each list's own
        cosines = (float(together @ together) - n) / (n * (n - 1.0))
        return min(max(1.0 - cosines, 0.0), 1.0)
