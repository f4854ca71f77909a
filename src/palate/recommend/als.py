"""Recommend by factors of users and items, learned by alternating least squares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.core.errors import SettingsError
from palate.core.linear_algebra import one_thread
from palate.core.progress import Progress, no_progress
from palate.core.randomness import generator
from palate.recommend._factors import FittedFactors, factors_from
from palate.recommend._interactions import Likes, check_likes, like_counts
from palate.recommend._search import LIKES_SEARCH, NumberRange, SearchRange, WholeRange
from palate.recommend.base import Arrays, CodedInteractions, FittedRecommender, Recommender

__all__ = ["ALS"]

_THREADED_FROM = 200_000
"""Liked pairs from which several threads pay: below, waiting for them takes longer than the work."""


@dataclass(frozen=True)
class ALS(Recommender):
    """Score an item by the product of its factors with the user's. Hu, Koren and Volinsky, 2008.

    A pair that was liked n times has preference 1 with confidence ``alpha`` n, every other pair has
    preference 0 with confidence 1 (the paper's confidence is 1 + alpha n). The ``implicit`` library
    solves it, by conjugate gradients (Takács, Pilászy and Tikk, 2011). The same seed gives the same
    factors to the last bit, with any number of threads.

    Args:
        factors: How many numbers describe a user and an item.
        regularization: Weight of the squared factors in what is minimized.
        alpha: Confidence of one liked interaction.
        iterations: How often users' and items' factors are solved.
        likes: Which interactions count: ``all``, ``above_user_mean``, or ``value``: as often as their value says.
    """

    factors: int = 16
    regularization: float = 0.05
    alpha: float = 5.0
    iterations: int = 15
    likes: Likes = "above_user_mean"

    search: ClassVar[Mapping[str, SearchRange]] = {
        "factors": WholeRange(8, 128, log=True),
        "regularization": NumberRange(0.01, 200.0, log=True),
        "alpha": NumberRange(0.5, 40.0, log=True),
        "iterations": WholeRange(5, 30),
        "likes": LIKES_SEARCH,
    }

    def __post_init__(self) -> None:
        check_likes(self.likes)
        if self.factors < 1 or self.iterations < 1:
            raise SettingsError(
                f"'factors' and 'iterations' must be at least 1; they are {self.factors} and {self.iterations}."
            )
        if self.regularization <= 0 or self.alpha <= 0:
            raise SettingsError(
                "'regularization' and 'alpha' must be above 0; they are"
                f" {self.regularization:g} and {self.alpha:g}."
            )

    def fit(
        self, interactions: CodedInteractions, seed: int = 0, progress: Progress = no_progress
    ) -> FittedRecommender:
        """Factorize the matrix of likes."""
        from implicit.cpu.als import AlternatingLeastSquares
        from scipy.sparse import csr_matrix

        counts = csr_matrix(like_counts(interactions, self.likes)).astype(np.float32)
        # The library runs its own threads over users and calls BLAS in each: BLAS threads inside them
        # would slow it down tenfold (it warns of that) and sum in an order that varies.
        with one_thread():
            model = AlternatingLeastSquares(
                factors=self.factors,
                regularization=self.regularization,
                alpha=self.alpha,
                iterations=self.iterations,
                num_threads=1 if counts.nnz < _THREADED_FROM else 0,
                random_state=generator(seed, "recommend", "als"),
            )
            model.fit(
                counts,
                show_progress=False,
                callback=lambda done, _seconds, _loss: progress(done + 1, self.iterations),
            )
        return FittedFactors(model.user_factors, model.item_factors)

    def restore(self, arrays: Arrays) -> FittedRecommender:
        """Take the factors back."""
        return FittedFactors(*factors_from(arrays))
