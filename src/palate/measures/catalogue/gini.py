"""Gini: how unequally items are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.catalogue.base import CatalogueMeasure, Recommendations

__all__ = ["Gini"]


@dataclass(frozen=True)
class Gini(CatalogueMeasure):
    """Gini coefficient of how often each item of the catalogue is shown: 0 if all alike, near 1 if one takes all.

    The sum over items, least shown first, of (2i - n - 1) times how often item i is shown, over n times the sum
    of these. Gini, 1912; items that are never shown count.


    Args:
        cutoff: How many ranks a user is shown; must be given.

    >>> str(Gini(10))
    'Gini@10'
    """

    name: ClassVar[str] = "Gini"
    aliases: ClassVar[tuple[str, ...]] = ()
    needs_cutoff: ClassVar[bool] = True

    cutoff: int = 0  # refused by the check, so that the error can say what to write

    def value(self, recommendations: Recommendations) -> float:
        """Return the coefficient, in [0, 1)."""
        shown = np.sort(recommendations.shown_counts(self.cutoff))
        n = len(shown)
        return float((2.0 * np.arange(1, n + 1) - n - 1.0) @ shown / (n * shown.sum()))
