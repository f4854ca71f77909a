"""Popularity: how much is shown that everybody knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palate.measures.catalogue.base import CatalogueMeasure, Need, Recommendations

__all__ = ["Popularity"]


@dataclass(frozen=True)
class Popularity(CatalogueMeasure):
    """Mean number of users who interacted with the items shown, over the items of a query, then over queries.

    Far above the mean over all interactions it tells of popularity bias. Yin et al., Challenging the long tail
    recommendation, VLDB 2012.


    Args:
        cutoff: How many ranks a user is shown; must be given.

    >>> str(Popularity(10))
    'Popularity@10'
    """

    name: ClassVar[str] = "Popularity"
    aliases: ClassVar[tuple[str, ...]] = ("ARP",)
    needs_cutoff: ClassVar[bool] = True
    needs: ClassVar[frozenset[Need]] = frozenset({"interactions"})

    cutoff: int = 0  # refused by the check, so that the error can say what to write

    def value(self, recommendations: Recommendations) -> float:
        """Return the mean, in users."""
        return float(recommendations.means(recommendations.users_of_item, self.cutoff).mean())
