"""Recommend what is liked by the same users as the items a user liked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from palate.core.coding import IntArray
from palate.core.progress import Progress, no_progress
from palate.recommend._arrays import matrix_arrays, matrix_from
from palate.recommend._interactions import Likes, check_likes, like_counts
from palate.recommend._reasons import best_first, no_reasons, own_items
from palate.recommend._row_sums import FittedRowSums
from palate.recommend._search import LIKES_SEARCH, Choice, NumberRange, SearchRange, WholeRange
from palate.recommend._similarity import SIMILARITIES, Matrix, Similarity, check_similarity, nearest
from palate.recommend.base import Arrays, CodedInteractions, FittedRecommender, Recommender, ScoreArray

__all__ = ["ItemNeighbours"]


@dataclass(frozen=True)
class ItemNeighbours(Recommender):
    """Score an item by its likeness to the items that a user liked. Deshpande and Karypis, 2004.

    With n(i) users who like item i and n(i, j) who like both, the cosine is
    n(i, j) / (sqrt(n(i) n(j)) + shrinkage), Jaccard's n(i, j) / (n(i) + n(j) - n(i, j) + shrinkage).
    TF-IDF and BM25 let users who like few items count for more. An item's score is the sum over the items
    that the user likes and that are among its neighbours. Where nothing is shrunk, similarities are those
    of the ``implicit`` library, except that an item is none of its own neighbours.

    Args:
        neighbours: How many most similar items each item keeps; of equals those that sort first.
        shrinkage: Pulls the similarity of items with few users towards 0.
        similarity: ``cosine``, ``jaccard``, ``tfidf`` or ``bm25``.
        likes: Which interactions count: ``all``, ``above_user_mean``, or ``value``: those above 0, each pair once.
    """

    neighbours: int = 100
    shrinkage: float = 10.0
    similarity: Similarity = "cosine"
    likes: Likes = "above_user_mean"

    search: ClassVar[Mapping[str, SearchRange]] = {
        "neighbours": WholeRange(20, 1000, log=True),
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
        """Find each item's neighbours, in threads."""
        likes = like_counts(interactions, self.likes)
        likes.data[:] = 1.0
        found = nearest(likes.T.tocsr(), self.similarity, self.neighbours, self.shrinkage, progress)
        return _FittedItemNeighbours(likes, found.T.tocsr())

    def restore(self, arrays: Arrays) -> FittedRecommender:
        """Take the likes and similarities back."""
        return _FittedItemNeighbours(matrix_from("likes", arrays), matrix_from("weights", arrays))


@dataclass(frozen=True)
class _FittedItemNeighbours(FittedRowSums):
    """``likes``: users by items, 1 where liked. ``weights[j, i]``: what liking j adds to the score of i."""

    likes: Matrix
    weights: Matrix

    def factors(self) -> tuple[Matrix, Matrix]:
        return self.likes, self.weights

    def score_unknown(self) -> ScoreArray:
        shares = np.bincount(self.likes.indices, minlength=self.likes.shape[1]) / self.likes.shape[0]
        scores: ScoreArray = shares @ self.weights
        return scores

    def explain(self, user: int, item: int) -> tuple[IntArray, ScoreArray]:
        if user < 0:
            return no_reasons()
        own = own_items(self.likes, user)
        return best_first(own, self.weights[own][:, [item]].toarray()[:, 0])

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return matrix_arrays("likes", self.likes) | matrix_arrays("weights", self.weights)
