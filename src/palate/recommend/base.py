"""What every recommender takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray
from palate.core.errors import PalateError
from palate.core.progress import Progress, no_progress
from palate.recommend._search import SearchRange
from palate.recommend._top import Seen, Top, top_scores

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
        item_ids: The items' own ids, sorted; also those without interactions where an items table names them.
        texts: Title and text of each of ``item_ids``, empty where there is none; None without an items table.
        user_features: A column ``user`` and features, as :func:`palate.recommend.with_features` reads them; None without.
        item_features: The same with a column ``item``.
    """

    users: IntArray
    items: IntArray
    values: npt.NDArray[np.float32]
    timestamps: npt.NDArray[np.float64]
    user_ids: pl.Series
    item_ids: pl.Series
    texts: pl.Series | None = None
    user_features: pl.DataFrame | None = None
    item_features: pl.DataFrame | None = None


class FittedRecommender(ABC):
    """A recommender that has learned; it scores any user with any known items."""

    notes: tuple[str, ...] = ()
    """What is to be said of what it learned from, as sentences."""

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

    def top(self, users: IntArray, n_items: int, cutoff: int, seen: Seen | None) -> Top:
        """Return the ``cutoff`` highest of all items for each of ``users``, of equal ones those of the lowest code.

        They are those of :meth:`score_many`; methods that can find them without scoring all items do so here.

        Args:
            users: Codes; -1 as in :meth:`score`.
            n_items: How many items there are.
            cutoff: At most ``n_items``.
            seen: What each user has seen and is not to get, shape (n_users, n_items); None: nothing.
        """
        return top_scores(self.score_many(users, np.arange(n_items, dtype=np.int32)), users, seen, cutoff)

    def explain(self, user: int, item: int) -> tuple[IntArray, ScoreArray]:  # noqa: ARG002 (for methods that can)
        """Return which of the user's own items speak for ``item``, and what each adds to its score, best first.

        What they add sums to :meth:`score`; items that add nothing are left out. Of user -1 nothing is
        known, so that nothing is returned.

        Raises:
            PalateError: The score is not a sum over the user's own items.
        """
        raise PalateError(
            "This recommender's scores are not sums over a user's own items, so that it cannot say which of"
            " them speak for an item. Those that can: content, ease, item_neighbours, user_neighbours."
        )

    @abstractmethod
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return all that was learned as arrays, from which ``restore`` of the recommender makes it again.

        Names are letters, digits, ``_`` and ``/``. Sparse matrices and recommenders inside others have
        their functions in ``palate.recommend._arrays``. Settings are kept besides and need no array.
        """


@dataclass(frozen=True)
class Recommender(ABC):
    """Settings of one way to learn what to recommend."""

    needs_items: ClassVar[bool] = False
    """Whether it learns from the items' texts, so that interactions must be coded with an items table."""

    extra: ClassVar[str | None] = None
    """The extra of Palate that learning needs, such as ``deep``; what was learned is served without it."""

    search: ClassVar[Mapping[str, SearchRange]] = {}
    """Between which values tuning seeks which settings; empty: there is nothing to tune."""

    @property
    def features_used(self) -> frozenset[str]:
        """Whose features it learns from, if there are any: ``user``, ``item``, both or nobody's."""
        return frozenset()

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
