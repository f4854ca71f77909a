"""Recommend to everybody what most users chose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.core.coding import IntArray
from palate.core.progress import Progress, no_progress
from palate.recommend._interactions import like_counts
from palate.recommend.base import Arrays, CodedInteractions, FittedRecommender, Recommender, ScoreArray

__all__ = ["Popularity"]


@dataclass(frozen=True)
class Popularity(Recommender):
    """Score an item by how many users interacted with it, whatever the value.

    The plain system to beat: in offline tests it is often hard to (Cremonesi, Koren and Turrin, 2010).
    """

    def fit(
        self,
        interactions: CodedInteractions,
        seed: int = 0,  # noqa: ARG002 (nothing here is random)
        progress: Progress = no_progress,
    ) -> FittedRecommender:
        """Count each item's users."""
        counts = like_counts(interactions, "all")
        users = np.bincount(counts.indices, minlength=len(interactions.item_ids))
        progress(1, 1)
        return _FittedPopularity(users.astype(np.float64))

    def restore(self, arrays: Arrays) -> FittedRecommender:
        """Take the counts back."""
        return _FittedPopularity(arrays["users"])


@dataclass(frozen=True)
class _FittedPopularity(FittedRecommender):
    users: ScoreArray

    def score(self, user: int, items: IntArray) -> ScoreArray:  # noqa: ARG002 (the same for all users)
        return self.users[items]

    def arrays(self) -> dict[str, ScoreArray]:
        return {"users": self.users}
