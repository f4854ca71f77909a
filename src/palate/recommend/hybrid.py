"""Recommend by content to users and of items that are new, by another recommender else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from palate.core.coding import IntArray
from palate.core.errors import SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_counts
from palate.recommend._arrays import nested, prefixed
from palate.recommend._interactions import Likes, check_likes, like_counts
from palate.recommend._reasons import no_reasons
from palate.recommend._search import LIKES_SEARCH, Choice, SearchRange, WholeRange
from palate.recommend.base import Arrays, CodedInteractions, FittedRecommender, Recommender, ScoreArray
from palate.recommend.content import Content

__all__ = ["Hybrid"]

_BLOCK_CELLS = 1 << 21
"""Most scores in memory at once when all users are scored."""


@dataclass(frozen=True)
class Hybrid(Recommender):
    """Score by content until a user has met enough items, then by another recommender. Burke, 2002 (switching).

    An item that nobody has met has nothing for the other recommender to learn from: for users who have met
    enough it scores by content too, brought to the scale of the other's scores. Both are centred and
    divided by their standard deviation over the items that somebody has met, user by user.

    Interactions must be coded with their items table, ``code_interactions(interactions, items)``, or know features of
    items, as for ``content``.

    Args:
        enough: Different items a user must have met for the other recommender.
        other: Its name.
        options: Its settings, by name.
        likes: Which interactions count for content: ``all``, ``above_user_mean``, or ``value`` (those above 0).
    """

    needs_items: ClassVar[bool] = True

    enough: int = 5
    other: str = "user_neighbours"
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    likes: Likes = "above_user_mean"

    search: ClassVar[Mapping[str, SearchRange]] = {
        "enough": WholeRange(1, 50, log=True),
        "other": Choice(("als", "ease", "item_neighbours", "popularity", "user_neighbours")),
        "likes": LIKES_SEARCH,
    }

    def __post_init__(self) -> None:
        check_likes(self.likes)
        check_counts(enough=self.enough)
        if not isinstance(self.options, Mapping):
            raise SettingsError(
                f"'options' must be settings by name, such as {{\"factors\": 32}}; it is {self.options!r}."
            )
        if isinstance(self._other(), Hybrid):
            raise SettingsError("'other' must be another recommender than hybrid itself.")

    @property
    def features_used(self) -> frozenset[str]:
        """Of items, and what the other recommender uses."""
        return frozenset({"item"}) | self._other().features_used

    def fit(
        self, interactions: CodedInteractions, seed: int = 0, progress: Progress = no_progress
    ) -> FittedRecommender:
        """Fit both.

        Raises:
            InputError: The interactions were coded without items.
        """
        by_content = Content(self.likes).fit(interactions, seed)
        other = self._other().fit(interactions, seed, progress)
        met = like_counts(interactions, "all")
        known = np.bincount(met.indices, minlength=met.shape[1]) > 0
        notes = tuple(dict.fromkeys((*by_content.notes, *other.notes)))
        return _FittedHybrid(by_content, other, np.diff(met.indptr) >= self.enough, known, notes)

    def restore(self, arrays: Arrays) -> FittedRecommender:
        """Take both back, and which users and items are known."""
        return _FittedHybrid(
            Content(self.likes).restore(nested("content", arrays)),
            self._other().restore(nested("other", arrays)),
            arrays["users"],
            arrays["items"],
        )

    def _other(self) -> Recommender:
        from palate.recommend.registry import recommenders

        return recommenders.create(self.other, self.options)


@dataclass(frozen=True)
class _FittedHybrid(FittedRecommender):
    """``users``: whether each has met enough items. ``items``: whether anybody has met each."""

    by_content: FittedRecommender
    other: FittedRecommender
    users: npt.NDArray[np.bool_]
    items: npt.NDArray[np.bool_]
    notes: tuple[str, ...] = ()

    def score(self, user: int, items: IntArray) -> ScoreArray:
        scores: ScoreArray = self.score_many(np.array([user], dtype=np.int32), items)[0]
        return scores

    def score_many(self, users: IntArray, items: IntArray) -> ScoreArray:
        scores = np.empty((len(users), len(items)))
        known = (users >= 0) & self.users[users]
        new = (users >= 0) & ~known
        if new.any():
            scores[new] = self.by_content.score_many(users[new], items)
        if known.any():
            scores[known] = self._score_known(users[known])[:, items]
        if (users < 0).any():
            scores[users < 0] = self._means[items]
        return scores

    def _score_known(self, users: IntArray) -> ScoreArray:
        """Return the scores of all items for users who have met enough."""
        every = np.arange(len(self.items), dtype=np.int32)
        scores = self.other.score_many(users, every)
        if self.items.all():
            return scores
        content = self.by_content.score_many(users, every)
        theirs, ours = scores[:, self.items], content[:, self.items]
        spread = ours.std(axis=1, keepdims=True)
        scale = theirs.std(axis=1, keepdims=True) / np.where(spread > 0, spread, 1.0)
        level = theirs.mean(axis=1, keepdims=True)
        centred = content[:, ~self.items] - ours.mean(axis=1, keepdims=True)
        scores[:, ~self.items] = level + scale * centred
        return scores

    @cached_property
    def _means(self) -> ScoreArray:
        every = np.arange(len(self.items), dtype=np.int32)
        block = max(1, _BLOCK_CELLS // len(every))
        total = np.zeros(len(every))
        for start in range(0, len(self.users), block):
            users = np.arange(start, min(start + block, len(self.users)), dtype=np.int32)
            total += self.score_many(users, every).sum(axis=0)
        return total / len(self.users)

    def explain(self, user: int, item: int) -> tuple[IntArray, ScoreArray]:
        """Return the reasons of the recommender that decides; by content they come before the change of scale."""
        if user < 0:
            return no_reasons()
        decides = self.other if self.users[user] and self.items[item] else self.by_content
        return decides.explain(user, item)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {
            **prefixed("content", self.by_content.arrays()),
            **prefixed("other", self.other.arrays()),
            "users": self.users,
            "items": self.items,
        }
