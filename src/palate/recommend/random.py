"""Recommend at random: what every other recommender must beat."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from palate.core.coding import IntArray
from palate.core.progress import Progress, no_progress
from palate.core.randomness import generator
from palate.recommend.base import Arrays, CodedInteractions, FittedRecommender, Recommender, ScoreArray

__all__ = ["Random"]


@dataclass(frozen=True)
class Random(Recommender):
    """Score every user's items by numbers in [0, 1) drawn at random, the same ones for the same seed.

    The floor of every table: a recommender that is not above it has learned nothing, and a measure that
    puts it high measures something else.
    """

    def fit(
        self, interactions: CodedInteractions, seed: int = 0, progress: Progress = no_progress
    ) -> FittedRecommender:
        """Draw a key; a number is made from it, the user and the item when it is wanted."""
        key = int(generator(seed, "recommend", "random").integers(2**63))
        progress(1, 1)
        return _FittedRandom(key, len(interactions.user_ids), len(interactions.item_ids))

    def restore(self, arrays: Arrays) -> FittedRecommender:
        """Take the key and the numbers of users and items back."""
        return _FittedRandom(*(int(arrays[name]) for name in ("key", "n_users", "n_items")))


@dataclass(frozen=True)
class _FittedRandom(FittedRecommender):
    key: int
    n_users: int
    n_items: int

    def score(self, user: int, items: IntArray) -> ScoreArray:
        return self._means[items] if user < 0 else self._draws(user)[items]

    def _draws(self, user: int) -> ScoreArray:
        return np.random.default_rng([self.key, user]).random(self.n_items)

    @cached_property
    def _means(self) -> ScoreArray:
        total = np.zeros(self.n_items)
        for user in range(self.n_users):
            total += self._draws(user)
        return total / self.n_users

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {name: np.array(getattr(self, name)) for name in ("key", "n_users", "n_items")}
