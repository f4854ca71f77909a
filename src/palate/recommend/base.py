"""What every recommender takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray
from palate.core.progress import Progress, no_progress

__all__ = ["Arrays", "CodedInteractions", "FittedRecommender", "Recommender", "ScoreArray"]

ScoreArray = npt.NDArray[np.float64]

Arrays = Mapping[str, npt.NDArray[Any]]
"""What a recommender has learned, by name: numbers or text (never objects), as a file keeps it."""


@dataclass(frozen=True)
class CodedInteractions:
    """Interactions as flat arrays, one entry a row.

    Args:
        users: int32, shape (n_interactions,).
        items: int32, likewise.
        values: float32, likewise: watch seconds, rating; 1 where the table has no value.
        timestamps: float64, likewise: seconds since 1970; NaN where the table has none.
        user_ids: The users' own ids, sorted.
        item_ids: The items' own ids, sorted.
    """

    users: IntArray
    items: IntArray
    values: npt.NDArray[np.float32]
    timestamps: npt.NDArray[np.float64]
    user_ids: pl.Series
    item_ids: pl.Series


class FittedRecommender(ABC):
    """A recommender that has learned; it scores any user with any known items."""

    @abstractmethod
    def score(self, user: int, items: IntArray) -> ScoreArray:
        """Return the scores of ``items`` (codes) for ``user`` (code); higher is recommended earlier.

        User -1 is one of whom nothing is known; an item then scores its mean over the known users.
        """

    def score_many(self, users: IntArray, items: IntArray) -> ScoreArray:
        """Return the scores of ``items`` for each of ``users``, shape (n_users, n_items).

        The numbers are those of :meth:`score`; methods that can compute many users at once do so here.
        """
        return np.stack([self.score(int(user), items) for user in users])

    @abstractmethod
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return all that was learned as arrays, from which ``restore`` of the recommender makes it again.

        Names are letters, digits, ``_`` and ``/``. Sparse matrices and recommenders inside others have
        their functions in ``palate.recommend._arrays``. Settings are kept besides and need no array.
        """


@dataclass(frozen=True)
class Recommender(ABC):
    """Settings of one way to learn what to recommend."""

    @abstractmethod
    def fit(
        self, interactions: CodedInteractions, seed: int = 0, progress: Progress = no_progress
    ) -> FittedRecommender:
        """Learn from interactions.

        Args:
            interactions: What users did.
            seed: For random starts.
            progress: Called with (units done, units of work).
        """

    @abstractmethod
    def restore(self, arrays: Arrays) -> FittedRecommender:
        """Return what ``fit`` of these settings had learned, from its ``arrays``: same scores to the last bit.

        Raises:
            KeyError: An array is missing.
            ValueError: The arrays do not fit one another.
        """
