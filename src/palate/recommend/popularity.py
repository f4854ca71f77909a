"""Recommend to everybody what most users chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from palate.core.coding import IntArray
from palate.core.errors import InputError
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_positive
from palate.recommend._search import Choice, SearchRange
from palate.recommend.base import Arrays, CodedInteractions, FittedRecommender, Recommender, ScoreArray

__all__ = ["Popularity"]

_DAY = 86_400.0


@dataclass(frozen=True)
class Popularity(Recommender):
    """Score an item by how many users interacted with it, whatever the value.

    The plain system to beat: in offline tests it is often hard to (Cremonesi, Koren and Turrin, 2010). With
    ``days`` or ``half_life_days`` it is what is popular now: a user's latest interaction with an item counts.

    Args:
        days: Only interactions of that many days up to the latest of all count; None counts all.
        half_life_days: After how many days before the latest interaction of all a user counts half; None
            lets all count alike.
    """

    days: float | None = None
    half_life_days: float | None = None

    search: ClassVar[Mapping[str, SearchRange]] = {
        "half_life_days": Choice((None, 7.0, 30.0, 90.0, 180.0, 365.0, 730.0, 1460.0)),
    }

    def __post_init__(self) -> None:
        given = {"days": self.days, "half_life_days": self.half_life_days}
        check_positive(**{name: value for name, value in given.items() if value is not None})

    def fit(
        self,
        interactions: CodedInteractions,
        seed: int = 0,  # noqa: ARG002 (nothing here is random)
        progress: Progress = no_progress,
    ) -> FittedRecommender:
        """Count each item's users.

        Raises:
            InputError: Time matters, and an interaction has no timestamp.
        """
        ages = self._ages(interactions)
        # Sorted by item, user and age, so that the first of each pair is its latest, and so that sums do
        # not depend on the order of the rows.
        order = np.lexsort((ages, interactions.users, interactions.items))
        users, items, ages = interactions.users[order], interactions.items[order], ages[order]
        counted = np.append(True, (users[1:] != users[:-1]) | (items[1:] != items[:-1]))
        if self.days is not None:
            counted &= ages <= self.days
        weights = np.exp2(-ages[counted] / (self.half_life_days or np.inf))
        scores = np.bincount(items[counted], weights=weights, minlength=len(interactions.item_ids))
        progress(1, 1)
        return _FittedPopularity(scores.astype(np.float64))

    def _ages(self, interactions: CodedInteractions) -> ScoreArray:
        """Return how many days before the latest interaction each was, shape (n_interactions,); 0 where it does not matter."""
        times = interactions.timestamps
        if self.days is None and self.half_life_days is None:
            return np.zeros(len(times))
        if np.isnan(times).any():
            raise InputError(
                "Popularity by 'days' or 'half_life_days' needs the time of every interaction, and"
                f" {int(np.isnan(times).sum()):,} have none. Fill in 'timestamp', or leave both settings out.",
                where="interactions",
                row=int(np.flatnonzero(np.isnan(times))[0]) + 1,
                column="timestamp",
            )
        ages: ScoreArray = (times.max() - times) / _DAY
        return ages

    def restore(self, arrays: Arrays) -> FittedRecommender:
        """Take the scores back."""
        return _FittedPopularity(arrays["users"])


@dataclass(frozen=True)
class _FittedPopularity(FittedRecommender):
    """``users``: how many users each item has, each weighted by how long ago that was."""

    users: ScoreArray

    def score(self, user: int, items: IntArray) -> ScoreArray:  # noqa: ARG002 (the same for all users)
        return self.users[items]

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {"users": self.users}
