"""Recommend what reads like the items that a user liked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from palate.core.coding import IntArray
from palate.core.errors import InputError
from palate.core.progress import Progress, no_progress
from palate.core.texts import word_vectors
from palate.recommend._arrays import matrix_arrays, matrix_from
from palate.recommend._features import item_texts
from palate.recommend._interactions import Likes, check_likes, like_counts
from palate.recommend._reasons import best_first, no_reasons, own_items
from palate.recommend._search import LIKES_SEARCH, SearchRange
from palate.recommend._similarity import Matrix
from palate.recommend.base import Arrays, CodedInteractions, FittedRecommender, Recommender, ScoreArray

__all__ = ["Content"]


@dataclass(frozen=True)
class Content(Recommender):
    """Score an item by the mean cosine of its words with those of the items that the user liked.

    Words of title and text are weighed by TF-IDF (Salton and Buckley, 1988), and the mean of the liked
    items' vectors is the user's profile (Pazzani and Billsus, 2007). Nobody needs to have met an item, so
    that new ones are recommended too. An item without words scores 0.

    Interactions must be coded with their items table, ``code_interactions(interactions, items)``, or know features of
    items (:func:`palate.recommend.with_features`). A feature counts as one word more.

    Args:
        likes: Which interactions count: ``all``, ``above_user_mean``, or ``value``: those above 0, each pair once.
    """

    needs_items: ClassVar[bool] = True

    likes: Likes = "above_user_mean"

    search: ClassVar[Mapping[str, SearchRange]] = {
        "likes": LIKES_SEARCH,
    }

    def __post_init__(self) -> None:
        check_likes(self.likes)

    @property
    def features_used(self) -> frozenset[str]:
        """Of items."""
        return frozenset({"item"})

    def fit(
        self,
        interactions: CodedInteractions,
        seed: int = 0,  # noqa: ARG002 (nothing here is random)
        progress: Progress = no_progress,
    ) -> FittedRecommender:
        """Weigh the items' words.

        Raises:
            InputError: The interactions were coded without items, and without features of them.
        """
        texts, notes = item_texts(interactions)
        if texts is None:
            raise InputError(
                "Recommending by content needs what items read like. Give the items table, with columns"
                " item, title and text: --items FILE, or code_interactions(interactions, items).",
                where="items",
            )
        likes = like_counts(interactions, self.likes)
        # Each user's likes add up to 1, so that profiles are means.
        likes.data[:] = np.repeat(1 / np.maximum(np.diff(likes.indptr), 1), np.diff(likes.indptr))
        vectors = word_vectors(texts)
        progress(1, 1)
        return _FittedContent(likes, vectors, tuple(notes))

    def restore(self, arrays: Arrays) -> FittedRecommender:
        """Take the likes and the items' vectors back."""
        return _FittedContent(matrix_from("likes", arrays), matrix_from("vectors", arrays))


@dataclass(frozen=True)
class _FittedContent(FittedRecommender):
    """``likes``: users by items, each row adding up to 1. ``vectors``: items by words, of length 1."""

    likes: Matrix
    vectors: Matrix
    notes: tuple[str, ...] = ()

    def score(self, user: int, items: IntArray) -> ScoreArray:
        scores: ScoreArray = self.score_many(np.array([user], dtype=np.int32), items)[0]
        return scores

    def score_many(self, users: IntArray, items: IntArray) -> ScoreArray:
        vectors = self.vectors[items].T.tocsr()
        scores: ScoreArray = (self.likes[users] @ self.vectors @ vectors).toarray()
        unknown = users < 0
        if unknown.any():
            scores[unknown] = (self.likes.sum(axis=0) / self.likes.shape[0]) @ self.vectors @ vectors
        return scores

    def explain(self, user: int, item: int) -> tuple[IntArray, ScoreArray]:
        if user < 0:
            return no_reasons()
        own = own_items(self.likes, user)
        return best_first(own, (self.vectors[own] @ self.vectors[[item]].T).toarray()[:, 0] / len(own))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return matrix_arrays("likes", self.likes) | matrix_arrays("vectors", self.vectors)
