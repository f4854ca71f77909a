"""Spearman's rank correlation between two rankings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from palate.measures.similarity.base import Correlation

__all__ = ["Spearman"]


@dataclass(frozen=True)
class Spearman(Correlation):
    """Correlation of the ranks of the ids that both rankings hold, ranked anew among themselves. Spearman, 1904.

    >>> Spearman().value("abc", "acb")
    0.5
    """

    name: ClassVar[str] = "Spearman"
    aliases: ClassVar[tuple[str, ...]] = ("rho",)

    def _of_ranks(self, ranks: npt.NDArray[np.float64]) -> float:
        n = len(ranks)
        moved = np.argsort(np.argsort(ranks)) - np.arange(n)
        # without ties the correlation is one minus six times the squared moves over n (n^2 - 1), exactly
        return float(1.0 - 6.0 * int((moved**2).sum()) / (n * (n**2 - 1)))
