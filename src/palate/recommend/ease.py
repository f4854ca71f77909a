"""Recommend by a linear model of items by items, found by one inverse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from palate.core.coding import IntArray
from palate.core.errors import InputError, SettingsError
from palate.core.linear_algebra import inverse, one_thread
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_counts, check_positive
from palate.recommend._arrays import matrix_arrays, matrix_from
from palate.recommend._interactions import Likes, check_likes, like_counts
from palate.recommend._reasons import best_first, no_reasons, own_items
from palate.recommend._row_sums import columns_of, sums_of_rows
from palate.recommend._search import LIKES_SEARCH, NumberRange, SearchRange
from palate.recommend._similarity import Matrix
from palate.recommend.base import Arrays, CodedInteractions, FittedRecommender, Recommender, ScoreArray

__all__ = ["EASE"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class EASE(Recommender):
    """Score an item by a weighted sum of the items that a user likes. Steck, WWW 2019.

    Weights B with a diagonal of 0 minimize the squared difference of likes X and X B, plus
    ``regularization`` times their squares: with P the inverse of X'X + regularization, B(i, j) is
    -P(i, j) / P(j, j) (equation 8). Where there are fewer users than items, P comes from the inverse of a
    matrix of users by users instead (Woodbury, 1950): the same numbers, sooner.

    What is learned are n_items² doubles, and learning takes three times that: 3 GB learned, 10 GB to learn, for 20,000 items.

    Args:
        regularization: Pulls weights towards 0. The more interactions, the higher.
        max_items: More items are refused, for the memory they would take.
        likes: Which interactions count: ``all``, ``above_user_mean``, or ``value``: those above 0, each pair once.
    """

    regularization: float = 200.0
    max_items: int = 20_000
    likes: Likes = "above_user_mean"

    search: ClassVar[Mapping[str, SearchRange]] = {
        "regularization": NumberRange(10.0, 10_000.0, log=True),
        "likes": LIKES_SEARCH,
    }

    def __post_init__(self) -> None:
        check_likes(self.likes)
        check_positive(regularization=self.regularization)
        check_counts(max_items=self.max_items)

    def fit(
        self,
        interactions: CodedInteractions,
        seed: int = 0,  # noqa: ARG002 (nothing here is random)
        progress: Progress = no_progress,
    ) -> FittedRecommender:
        """Find the weights.

        Raises:
            InputError: There are more items than ``max_items``.
            SettingsError: ``regularization`` is too small.
        """
        n_items = len(interactions.item_ids)
        if n_items > self.max_items:
            raise InputError(
                f"EASE learns a number for every pair of items: {n_items:,} items would take"
                f" {3 * 8 * n_items**2 / 1e9:,.0f} GB, and 'max_items' is {self.max_items:,}. Leave out items"
                " with few interactions, raise max_items if there is that much memory, or take"
                " item_neighbours or als, which keep less.",
                where="interactions",
            )
        likes = like_counts(interactions, self.likes)
        likes.data[:] = 1.0
        with one_thread():
            try:
                weights = _inverse(likes, self.regularization)
            except np.linalg.LinAlgError:
                raise SettingsError(
                    f"'regularization' is too small for these interactions: {self.regularization:g}. The inverse that"
                    " it is to make possible lost all its digits. Raise it."
                ) from None
        weights /= -np.diag(weights).copy()
        np.fill_diagonal(weights, 0.0)
        progress(1, 1)
        return _FittedEASE(likes, weights)

    def restore(self, arrays: Arrays) -> FittedRecommender:
        """Take the likes and weights back."""
        return _FittedEASE(matrix_from("likes", arrays), arrays["weights"])


def _inverse(likes: Matrix, regularization: float) -> FloatArray:
    """Return the inverse of X'X + regularization, from the smaller of the two matrices that give it."""
    from scipy import linalg

    n_users, n_items = likes.shape
    if n_users >= n_items:
        gram = sums_of_rows(likes.T.tocsr(), likes, np.arange(n_items, dtype=np.int32))
        gram[np.diag_indices(n_items)] += regularization
        return inverse(gram, overwrite=True)
    between: FloatArray = (likes @ likes.T).toarray()
    between[np.diag_indices(n_users)] += regularization
    inner = linalg.solve(between, likes.toarray(), assume_a="pos", overwrite_a=True, overwrite_b=True)
    found: FloatArray = likes.T @ inner
    found /= -regularization
    found[np.diag_indices(n_items)] += 1 / regularization
    return found


@dataclass(frozen=True)
class _FittedEASE(FittedRecommender):
    """``likes``: users by items, 1 where liked. ``weights[j, i]``: what liking j adds to the score of i."""

    likes: Matrix
    weights: FloatArray

    def score(self, user: int, items: IntArray) -> ScoreArray:
        scores: ScoreArray = self.score_many(np.array([user], dtype=np.int32), items)[0]
        return scores

    def score_many(self, users: IntArray, items: IntArray) -> ScoreArray:
        scores = columns_of(sums_of_rows(self.likes, self.weights, users), items)
        unknown = users < 0
        if unknown.any():
            shares = np.bincount(self.likes.indices, minlength=self.likes.shape[1]) / self.likes.shape[0]
            scores[unknown] = (shares @ self.weights)[items]
        return scores

    def explain(self, user: int, item: int) -> tuple[IntArray, ScoreArray]:
        if user < 0:
            return no_reasons()
        own = own_items(self.likes, user)
        return best_first(own, self.weights[own, item])

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return matrix_arrays("likes", self.likes) | {"weights": self.weights}
