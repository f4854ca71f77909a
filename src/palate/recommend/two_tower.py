"""Recommend by two towers: a network of what a user liked lately, and embeddings of items and their features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import ClassVar, Literal

import numpy as np

from palate.core.errors import SettingsError
from palate.core.extras import needed
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress
from palate.core.randomness import generator
from palate.core.settings import check_counts, check_positive
from palate.recommend._categories import categories_of_ids, feature_categories
from palate.recommend._histories import histories_of
from palate.recommend._interactions import Likes, check_likes
from palate.recommend._search import LIKES_SEARCH, NumberRange, SearchRange, WholeRange
from palate.recommend._two_tower import FittedTwoTower, Lesson, restored_towers, serve_towers
from palate.recommend.base import Arrays, CodedInteractions, Recommender

__all__ = ["TwoTower"]


@dataclass(frozen=True)
class TwoTower(Recommender):
    """Score an item by the product of its vector with what a network makes of the user's history.

    After Covington, Adams and Sargin, 2016, section 3. The user tower takes the mean embedding of the items
    that the user liked last, the embeddings of the user's features, and the age of the example; layers of rectified
    linear units make a vector of it. An item's vector is the sum of the embeddings of its id and its
    features. The towers learn to tell each like from the user's likes before it, never from
    later ones, by a softmax over items drawn by popularity, corrected for how likely each was drawn. Every
    epoch draws as many examples of each user, so that the busiest do not decide.

    Ids that fewer than ``least`` likes name, and values of features that as few users or items have, share
    ``buckets`` hashed rows: so does an item that nobody liked. A user whose history is empty is the
    network's answer to a history of nothing, which examples without a past have taught it.

    The age of an example is how long before the newest like it was; recommendations are made for age 0, which
    is now. Learning from a log, and recommending after its end, let the tower have it. It misleads where users are
    tested on a past of their own (``split_by_time``): what was wanted in 1996 is then asked of the tower of today.

    It needs the extra ``deep``; what it has learned is served without.

    Args:
        factors: How many numbers describe an item.
        hidden: Widths of the user tower's hidden layers.
        history: Items of a history that count, the last ones.
        examples: Examples of one user in an epoch.
        samples: Items drawn for one batch, on average; where there are no more, all of them.
        popularity: Items are drawn in proportion to their likes to this power.
        least: Likes that an item needs for an embedding of its own.
        buckets: Rows that the others share.
        example_age: Whether the user tower is told how old an example is.
        product: ``cosine``: vectors of length 1, divided by ``temperature``, without biases; or ``dot``, where
            items have biases.
        temperature: What cosines are divided by; ``cosine`` only.
        dropout: Share of the user tower's inputs left out by chance in learning.
        learning_rate: Of Adagrad (Duchi, Hazan and Singer, 2011).
        epochs: How often examples are drawn.
        batch: Examples of one step.
        likes: Which interactions count: ``all``, ``above_user_mean``, or ``value``: weighted by their value.
    """

    extra: ClassVar[str | None] = "deep"
    search: ClassVar[Mapping[str, SearchRange]] = {
        "factors": WholeRange(16, 64, log=True),
        "history": WholeRange(10, 100, log=True),
        "dropout": NumberRange(0.0, 0.6),
        "learning_rate": NumberRange(0.03, 0.3, log=True),
        "epochs": WholeRange(5, 30),
        "likes": LIKES_SEARCH,
    }

    factors: int = 32
    hidden: tuple[int, ...] = (64,)
    history: int = 50
    examples: int = 30
    samples: int = 2000
    popularity: float = 0.75
    least: int = 2
    buckets: int = 50
    example_age: bool = False
    product: Literal["dot", "cosine"] = "cosine"
    temperature: float = 0.1
    dropout: float = 0.3
    learning_rate: float = 0.1
    epochs: int = 15
    batch: int = 256
    likes: Likes = "above_user_mean"

    def __post_init__(self) -> None:
        check_likes(self.likes)
        check_counts(
            factors=self.factors,
            history=self.history,
            examples=self.examples,
            samples=self.samples,
            least=self.least,
            buckets=self.buckets,
            epochs=self.epochs,
            batch=self.batch,
        )
        check_positive(learning_rate=self.learning_rate, temperature=self.temperature)
        object.__setattr__(self, "hidden", _widths(self.hidden))
        if self.product not in {"dot", "cosine"}:
            raise SettingsError(f"'product' must be dot or cosine; it is {self.product!r}.")
        if not 0 <= self.popularity <= 1:
            raise SettingsError(f"'popularity' must be in [0, 1]; it is {self.popularity:g}.")
        if not 0 <= self.dropout < 1:
            raise SettingsError(f"'dropout' must be at least 0 and below 1; it is {self.dropout:g}.")

    @property
    def features_used(self) -> frozenset[str]:
        """Of users and of items."""
        return frozenset({"user", "item"})

    def fit(
        self,
        interactions: CodedInteractions,
        seed: int = 0,
        progress: Progress = no_progress,
        *,
        user_features: IntoTable | None = None,
        item_features: IntoTable | None = None,
    ) -> FittedTwoTower:
        """Learn the towers.

        Args:
            interactions: What users did.
            seed: For random starts, the order of likes of one time, and draws.
            progress: Called with (epochs done, epochs).
            user_features: A table with the column ``user`` and others: categories, lists of them, or numbers; by default
                those of the interactions.
            item_features: The same with the column ``item``.

        Raises:
            PalateError: The extra ``deep`` is not installed, or the loss grew without bound.
            InputError: Only some interactions have a time, or a table of features is not as said.
        """
        needed("torch", extra="deep", for_="two_tower")
        from palate.recommend._two_tower_net import learn_towers

        rng = generator(seed, "recommend", "two_tower")
        histories = histories_of(interactions, self.likes, rng)
        counts = np.bincount(histories.items, minlength=len(interactions.item_ids))
        by_id = categories_of_ids(interactions.item_ids, counts, self.least, self.buckets)
        items, item_notes = feature_categories(
            "item",
            interactions.item_ids,
            interactions.item_features if item_features is None else item_features,
            self.least,
            self.buckets,
        )
        users, user_notes = feature_categories(
            "user",
            interactions.user_ids,
            interactions.user_features if user_features is None else user_features,
            self.least,
            self.buckets,
        )
        lesson = Lesson(**{field.name: getattr(self, field.name) for field in fields(Lesson)})
        learned, losses = learn_towers(histories, [by_id, *items], users, lesson, rng=rng, progress=progress)
        vectors = serve_towers(learned, histories, [by_id, *items], users, lesson)
        return FittedTwoTower(
            *vectors,
            losses,
            tuple(learned.layers),
            self.history,
            0.0 if lesson.with_bias else self.temperature,
            (*user_notes, *item_notes),
        )

    def restore(self, arrays: Arrays) -> FittedTwoTower:
        """Take the vectors, the user tower and the losses back."""
        return restored_towers(arrays)


def _widths(hidden: object) -> tuple[int, ...]:
    """Return the widths as a tuple, which a configuration gives as a list."""
    widths = tuple(hidden) if isinstance(hidden, (list, tuple)) else None
    if widths is None or not all(isinstance(width, int) and width >= 1 for width in widths):
        raise SettingsError(f"'hidden' must list whole numbers of at least 1; it is {hidden!r}.")
    return widths
