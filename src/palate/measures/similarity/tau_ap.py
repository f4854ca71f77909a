"""Rank correlation that weighs the top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from palate.measures.similarity.base import Correlation

__all__ = ["TauAP"]


@dataclass(frozen=True)
class TauAP(Correlation):
    """Kendall's tau with the weight of average precision: errors at the top cost more.

    2 / (n - 1) times the sum over ranks i from 2 of the share of the ids above rank i of ``one`` that are
    above it in ``other``, too; minus 1. Yilmaz, Aslam and Robertson, A new rank correlation coefficient for
    information retrieval, SIGIR 2008. Only ids that both hold count.

    Args:
        symmetric: Whether to take the mean of both directions; else ``other`` is taken to be right.

    >>> TauAP().value("bac", "abc"), TauAP().value("acb", "abc")
    (0.0, 0.5)
    """

    name: ClassVar[str] = "TauAP"
    aliases: ClassVar[tuple[str, ...]] = ("tau_ap",)

    symmetric: bool = False

    def _of_ranks(self, ranks: npt.NDArray[np.float64]) -> float:
        value = _tau_ap(ranks)
        return (value + _tau_ap(np.argsort(ranks))) / 2.0 if self.symmetric else value


def _tau_ap(ranks: npt.NDArray[np.float64] | npt.NDArray[np.int64]) -> float:
    shares = [np.count_nonzero(ranks[:place] < ranks[place]) / place for place in range(1, len(ranks))]
    return float(2.0 * np.mean(shares) - 1.0)
