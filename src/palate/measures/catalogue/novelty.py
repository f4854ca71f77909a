"""Novelty: how surprising the items are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.catalogue.base import CatalogueMeasure, Need, Recommendations

__all__ = ["Novelty"]


@dataclass(frozen=True)
class Novelty(CatalogueMeasure):
    """Mean self-information of the items shown, in bits: -log2 of the share of users who interacted with an item.

    An item that nobody interacted with counts as if one user had. Means are taken over the items of a query, then
    over queries. Zhou et al., Solving the apparent diversity-accuracy dilemma of recommender systems, PNAS 2010.


    Args:
        cutoff: How many ranks a user is shown; must be given.

    >>> str(Novelty(10))
    'Novelty@10'
    """

    name: ClassVar[str] = "Novelty"
    aliases: ClassVar[tuple[str, ...]] = ("SelfInformation",)
    needs_cutoff: ClassVar[bool] = True
    needs: ClassVar[frozenset[Need]] = frozenset({"interactions"})

    cutoff: int = 0  # refused by the check, so that the error can say what to write

    def value(self, recommendations: Recommendations) -> float:
        """Return the mean, from 0 bits."""
        bits = -np.log2(np.maximum(recommendations.users_of_item, 1.0) / recommendations.n_users)
        return float(recommendations.means(bits, self.cutoff).mean())
