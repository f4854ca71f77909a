"""Recommend what the users like who like the same items as a user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy.typing as npt

from palate.core.coding import IntArray
from palate.core.progress import Progress, no_progress
from palate.recommend._arrays import matrix_arrays, matrix_from
from palate.recommend._interactions import Likes, check_likes, like_counts
from palate.recommend._reasons import best_first, no_reasons, own_items
from palate.recommend._row_sums import FittedRowSums
from palate.recommend._search import LIKES_SEARCH, Choice, NumberRange, SearchRange, WholeRange
from palate.recommend._similarity import (
    SIMILARITIES,
    Matrix,
    Similarity,
    check_similarity,
    column_weights,
    nearest,
)
from palate.recommend.base import Arrays, CodedInteractions, FittedRecommender, Recommender, ScoreArray

__all__ = ["UserNeighbours"]


@dataclass(frozen=True)
class UserNeighbours(Recommender):
    """Score an item by how alike its likers are to the user. Resnick et al., 1994; Herlocker et al., 1999.

    An item's score is the sum of the similarities of those among the user's neighbours who like it. The
    similarities are those of ``item_neighbours``, with users in the place of items. Herlocker et al. predict
    ratings, and divide the sum by that of all neighbours' similarities; a ranking is the same without.

    Args:
        neighbours: How many most similar users each user keeps; of equals those that sort first.
        shrinkage: Pulls the similarity of users with few items towards 0.
        similarity: ``cosine``, ``jaccard``, ``tfidf`` or ``bm25``.
        likes: Which interactions count: ``all``, ``above_user_mean``, or ``value``: those above 0, each pair once.
    """

    neighbours: int = 50
    shrinkage: float = 10.0
    similarity: Similarity = "cosine"
    likes: Likes = "above_user_mean"

    search: ClassVar[Mapping[str, SearchRange]] = {
        "neighbours": WholeRange(10, 500, log=True),
        "shrinkage": NumberRange(0.0, 100.0),
        "similarity": Choice(SIMILARITIES),
        "likes": LIKES_SEARCH,
    }

    def __post_init__(self) -> None:
        check_likes(self.likes)
        check_similarity(self.similarity, self.neighbours, self.shrinkage)

    def fit(
        self,
        interactions: CodedInteractions,
        seed: int = 0,  # noqa: ARG002 (nothing here is random)
        progress: Progress = no_progress,
    ) -> FittedRecommender:
        """Find each user's neighbours, in threads."""
        likes = like_counts(interactions, self.likes)
        likes.data[:] = 1.0
        found = nearest(likes, self.similarity, self.neighbours, self.shrinkage, progress)
        return _FittedUserNeighbours(likes, found, column_weights(likes, self.similarity))

    def restore(self, arrays: Arrays) -> FittedRecommender:
        """Take the likes, similarities and weights of items back."""
        return _FittedUserNeighbours(
            matrix_from("likes", arrays), matrix_from("similarities", arrays), arrays["item_weights"]
        )


@dataclass(frozen=True)
class _FittedUserNeighbours(FittedRowSums):
    """``likes``: users by items, 1 where liked. ``similarities``: users by users, each row its neighbours.

    ``item_weights``: what sharing an item adds to what two users share.
    """

    likes: Matrix
    similarities: Matrix
    item_weights: ScoreArray

    def factors(self) -> tuple[Matrix, Matrix]:
        return self.similarities, self.likes

    def score_unknown(self) -> ScoreArray:
        mean = self.similarities.sum(axis=0) / self.similarities.shape[0]
        scores: ScoreArray = mean @ self.likes
        return scores

    def explain(self, user: int, item: int) -> tuple[IntArray, ScoreArray]:
        """Share each neighbour's similarity among the items that make it, by their weights."""
        if user < 0:
            return no_reasons()
        own, neighbours = own_items(self.likes, user), own_items(self.similarities, user)
        similarity = self.similarities.data[self.similarities.indptr[user] :][: len(neighbours)]
        liking = self.likes[neighbours][:, [item]].toarray()[:, 0]
        parts = self.likes[neighbours[liking > 0]][:, own].toarray() * self.item_weights[own]
        adds = similarity[liking > 0] @ (parts / parts.sum(axis=1, keepdims=True))
        return best_first(own, adds)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {
            **matrix_arrays("likes", self.likes),
            **matrix_arrays("similarities", self.similarities),
            "item_weights": self.item_weights,
        }
