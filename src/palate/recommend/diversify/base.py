"""What every diversification of a ranking takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from palate.core.errors import SettingsError

__all__ = ["Candidates", "Diversifier", "FloatArray", "IndexArray"]

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Candidates:
    """What one ranking can be made of.

    Args:
        relevance: float64, shape (n,): scores, the lowest as 0 and the highest as 1, in the order of the ranking.
        vectors: float64, shape (n, n_features): each item's features; or the shares of its categories, which sum to 1.
            A row of zeros for an item of which nothing is known.
        target: float64, shape (n_features,): the shares of categories that the user is after, which sum to 1; None
            where nobody said.
    """

    relevance: FloatArray
    vectors: FloatArray
    target: FloatArray | None = None


@dataclass(frozen=True)
class Diversifier(ABC):
    """Settings of one way to pick items that are relevant and differ.

    Args:
        diversity: Weight of diversity against relevance, from 0 (the ranking stays as it is) to 1.

    Raises:
        SettingsError: ``diversity`` is not between 0 and 1.
    """

    needs_categories: ClassVar[bool] = False
    """Whether items must have categories; numbers as features do not do."""

    needs_target: ClassVar[bool] = False
    """Whether it must be known which categories users are after."""

    diversity: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.diversity <= 1:
            raise SettingsError(f"'diversity' must be between 0 and 1; it is {self.diversity}.")

    @abstractmethod
    def gains(self, candidates: Candidates, chosen: IndexArray) -> FloatArray:
        """Return what each candidate would add to those already ``chosen``, shape (n,)."""

    def pick(self, candidates: Candidates, cutoff: int) -> IndexArray:
        """Return the places of up to ``cutoff`` candidates, first the one that adds most, then what adds most to it.

        Equal gains go by the ranking. Greedy picking is what all three papers propose: the best set is hard to find.
        """
        size = min(cutoff, len(candidates.relevance))
        left = np.ones(len(candidates.relevance), dtype=np.bool_)
        chosen = np.empty(size, dtype=np.int64)
        for place in range(size):
            gains = np.where(left, self.gains(candidates, chosen[:place]), -np.inf)
            # What differs in the last bits only is equal: sums in another order do.
            best = int(np.argmax(gains >= gains.max() - 1e-12))
            chosen[place] = best
            left[best] = False
        return chosen
