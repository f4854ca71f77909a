"""Kendall's tau between two rankings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from palate.measures.similarity.base import Correlation

__all__ = ["Kendall"]


@dataclass(frozen=True)
class Kendall(Correlation):
    """Share of pairs of ids in the same order, minus the share in the other, over ids that both hold. Kendall, 1938.

    >>> Kendall().value("abc", "acb")
    0.333...
    """

    name: ClassVar[str] = "Kendall"
    aliases: ClassVar[tuple[str, ...]] = ("tau",)

    def _of_ranks(self, ranks: npt.NDArray[np.float64]) -> float:
        from scipy.stats import kendalltau

        return float(kendalltau(np.arange(len(ranks)), ranks).statistic)
