"""Coverage: how much of the catalogue is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.catalogue.base import CatalogueMeasure, Recommendations

__all__ = ["Cov"]


@dataclass(frozen=True)
class Cov(CatalogueMeasure):
    """Share of the items of the catalogue that are shown to anybody. Ge, Delgado-Battenfeld and Jannach, 2010.

    Args:
        cutoff: How many ranks a user is shown; must be given.

    >>> str(Cov(10))
    'Cov@10'
    """

    name: ClassVar[str] = "Cov"
    aliases: ClassVar[tuple[str, ...]] = ("Coverage",)
    needs_cutoff: ClassVar[bool] = True

    cutoff: int = 0  # refused by the check, so that the error can say what to write

    def value(self, recommendations: Recommendations) -> float:
        """Return the share, in (0, 1]."""
        return float(np.mean(recommendations.shown_counts(self.cutoff) > 0))
