"""Recommend what is liked by the same users as the items a user liked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse

from palate.core.coding import IntArray
from palate.core.errors import SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_counts
from palate.recommend._arrays import matrix_arrays, matrix_from
from palate.recommend._interactions import Likes, check_likes, like_counts
from palate.recommend._top import highest
from palate.recommend.base import Arrays, CodedInteractions, FittedRecommender, Recommender, ScoreArray

__all__ = ["ItemNeighbours"]

_BLOCK_CELLS = 1 << 22
"""Most cells of the item by item matrix in memory at once, were all of them above 0."""

FloatArray = npt.NDArray[np.float64]
Matrix = Any
"""A scipy sparse matrix in rows of float64; their stubs lose the type in products."""


@dataclass(frozen=True)
class ItemNeighbours(Recommender):
    """Score an item by its likeness to the items that a user liked. Deshpande and Karypis, 2004.

    With n(i) users who like item i and n(i, j) who like both, the cosine is
    n(i, j) / (sqrt(n(i) n(j)) + shrinkage), Jaccard's n(i, j) / (n(i) + n(j) - n(i, j) + shrinkage).
    An item's score is the sum over the items that the user likes and that are among its neighbours.

    Args:
        neighbours: How many most similar items each item keeps; of equals those that sort first.
        shrinkage: Pulls the similarity of items with few users towards 0.
        similarity: ``cosine`` or ``jaccard``.
        likes: Which interactions count: ``all``, or ``above_user_mean``.
    """

    neighbours: int = 100
    shrinkage: float = 10.0
    similarity: Literal["cosine", "jaccard"] = "cosine"
    likes: Likes = "above_user_mean"

    def __post_init__(self) -> None:
        check_likes(self.likes)
        check_counts(neighbours=self.neighbours)
        if self.shrinkage < 0:
            raise SettingsError(f"'shrinkage' must be at least 0; it is {self.shrinkage:g}.")
        if self.similarity not in {"cosine", "jaccard"}:
            raise SettingsError(f"'similarity' must be cosine or jaccard; it is {self.similarity!r}.")

    def fit(
        self,
        interactions: CodedInteractions,
        seed: int = 0,  # noqa: ARG002 (nothing here is random)
        progress: Progress = no_progress,
    ) -> FittedRecommender:
        """Find each item's neighbours, a block of items at a time."""
        likes = like_counts(interactions, self.likes)
        likes.data[:] = 1.0
        users = np.bincount(likes.indices, minlength=likes.shape[1]).astype(np.float64)
        by_item: Matrix = likes.T.tocsr()
        n_items = len(users)
        block = max(1, _BLOCK_CELLS // n_items)
        rows, columns, similarities = [], [], []
        for start in range(0, n_items, block):
            together: Matrix = by_item[start : start + block] @ likes
            together.sort_indices()
            for offset in range(together.shape[0]):
                kept = self._neighbours_of(start + offset, together, offset, users)
                rows.append(np.full(len(kept[0]), start + offset))
                columns.append(kept[0])
                similarities.append(kept[1])
            progress(min(start + block, n_items), n_items)
        entries = (np.concatenate(similarities), (np.concatenate(columns), np.concatenate(rows)))
        weights = sparse.coo_array(entries, shape=(n_items, n_items)).tocsr()
        return _FittedItemNeighbours(likes, weights)

    def restore(self, arrays: Arrays) -> FittedRecommender:
        """Take the likes and similarities back."""
        return _FittedItemNeighbours(matrix_from("likes", arrays), matrix_from("weights", arrays))

    def _neighbours_of(
        self, item: int, together: Matrix, row: int, users: FloatArray
    ) -> tuple[IntArray, FloatArray]:
        """Return the codes and similarities of one item's neighbours; ``together[row]`` counts shared users."""
        span = slice(together.indptr[row], together.indptr[row + 1])
        others, shared = together.indices[span], together.data[span]
        others, shared = others[others != item], shared[others != item]
        if self.similarity == "cosine":
            similarity = shared / (np.sqrt(users[item] * users[others]) + self.shrinkage)
        else:
            similarity = shared / (users[item] + users[others] - shared + self.shrinkage)
        kept = highest(similarity, self.neighbours)
        return others[kept], similarity[kept]


@dataclass(frozen=True)
class _FittedItemNeighbours(FittedRecommender):
    """``likes``: users by items, 1 where liked. ``weights[j, i]``: what liking j adds to the score of i."""

    likes: Matrix
    weights: Matrix

    def score(self, user: int, items: IntArray) -> ScoreArray:
        scores: ScoreArray = self.score_many(np.array([user], dtype=np.int32), items)[0]
        return scores

    def score_many(self, users: IntArray, items: IntArray) -> ScoreArray:
        scores: ScoreArray = (self.likes[users] @ self.weights).toarray()[:, items]
        unknown = users < 0
        if unknown.any():
            shares = np.bincount(self.likes.indices, minlength=self.likes.shape[1]) / self.likes.shape[0]
            scores[unknown] = (shares @ self.weights)[items]
        return scores

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return matrix_arrays("likes", self.likes) | matrix_arrays("weights", self.weights)
