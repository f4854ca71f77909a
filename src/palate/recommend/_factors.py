"""Recommenders whose scores are products of factors of users and of items."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from palate.core.coding import IntArray
from palate.recommend._top import Seen, Top, longest_of, top_screened
from palate.recommend.base import Arrays, FittedRecommender, ScoreArray

__all__ = ["Factors", "FittedFactors", "factors_from"]

Factors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class FittedFactors(FittedRecommender):
    """Factors, float32, shapes (n_users, n_factors) and (n_items, n_factors); a score is their product.

    A constant or a bias is a factor whose other side is 1.
    """

    user_factors: Factors
    item_factors: Factors

    def score(self, user: int, items: IntArray) -> ScoreArray:
        scores: ScoreArray = self.score_many(np.array([user], dtype=np.int32), items)[0]
        return scores

    def score_many(self, users: IntArray, items: IntArray) -> ScoreArray:
        from palate.recommend._factors_kernel import multiply

        scores = np.zeros((len(users), len(items)))
        multiply(self._factors_of(users), self.item_factors, items, scores)
        return scores

    def top(self, users: IntArray, n_items: int, cutoff: int, seen: Seen | None) -> Top:
        known = self.item_factors[:n_items]
        return top_screened(users, self._factors_of(users), known, seen, cutoff, longest=self._longest)

    @cached_property
    def _longest(self) -> float:
        return longest_of(self.item_factors)

    def _factors_of(self, users: IntArray) -> ScoreArray:
        factors: ScoreArray = self.user_factors[users].astype(np.float64)
        if (users < 0).any():
            factors[users < 0] = self.user_factors.mean(axis=0, dtype=np.float64)
        return factors

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {"user_factors": self.user_factors, "item_factors": self.item_factors}


def factors_from(arrays: Arrays) -> tuple[Factors, Factors]:
    """Return the users' and the items' factors.

    Raises:
        KeyError: One of them is missing.
        ValueError: They have different numbers of factors.
    """
    users, items = arrays["user_factors"], arrays["item_factors"]
    if users.ndim != 2 or items.ndim != 2 or users.shape[1] != items.shape[1]:
        raise ValueError(f"factors of shapes {users.shape} and {items.shape} have no product")
    return users, items
