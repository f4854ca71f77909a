"""Recommend by factors of users and items, learned by ranking what a user likes above what is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.core.progress import Progress, no_progress
from palate.core.randomness import generator
from palate.core.settings import check_counts, check_positive
from palate.recommend._factors import FittedFactors, factors_from
from palate.recommend._interactions import Likes, check_likes, like_counts
from palate.recommend._search import LIKES_SEARCH, NumberRange, SearchRange, WholeRange
from palate.recommend.base import Arrays, CodedInteractions, FittedRecommender, Recommender

__all__ = ["BPR"]


@dataclass(frozen=True)
class BPR(Recommender):
    """Bayesian personalized ranking. Rendle, Freudenthaler, Gantner and Schmidt-Thieme, 2009.

    Steps of stochastic gradient descent raise the probability, a logistic function of the difference in
    scores, that a liked item ranks above one drawn from the others' likes. The ``implicit`` library takes
    them. It runs in one thread: its threads write over one another's factors, and no seed repeats that.

    Args:
        factors: How many numbers describe a user and an item, besides the item's bias.
        learning_rate: How far a step goes.
        regularization: Weight of the squared factors in what is minimized.
        iterations: Passes over the likes.
        likes: Which interactions count: ``all``, ``above_user_mean``, or ``value``: as often as their value says.
    """

    factors: int = 32
    learning_rate: float = 0.02
    regularization: float = 0.05
    iterations: int = 100
    likes: Likes = "above_user_mean"

    search: ClassVar[Mapping[str, SearchRange]] = {
        "factors": WholeRange(8, 128, log=True),
        "learning_rate": NumberRange(0.005, 0.2, log=True),
        "regularization": NumberRange(0.001, 0.2, log=True),
        "iterations": WholeRange(20, 200, log=True),
        "likes": LIKES_SEARCH,
    }

    def __post_init__(self) -> None:
        check_likes(self.likes)
        check_counts(factors=self.factors, iterations=self.iterations)
        check_positive(learning_rate=self.learning_rate, regularization=self.regularization)

    def fit(
        self, interactions: CodedInteractions, seed: int = 0, progress: Progress = no_progress
    ) -> FittedRecommender:
        """Learn the factors."""
        from implicit.cpu.bpr import BayesianPersonalizedRanking
        from scipy.sparse import csr_matrix

        counts = csr_matrix(like_counts(interactions, self.likes)).astype(np.float32)
        model = BayesianPersonalizedRanking(
            factors=self.factors,
            learning_rate=self.learning_rate,
            regularization=self.regularization,
            iterations=self.iterations,
            num_threads=1,
            random_state=generator(seed, "recommend", "bpr"),
        )
        model.fit(
            counts,
            show_progress=False,
            callback=lambda done, *_: progress(done + 1, self.iterations),
        )
        return FittedFactors(model.user_factors, model.item_factors)

    def restore(self, arrays: Arrays) -> FittedRecommender:
        """Take the factors back."""
        return FittedFactors(*factors_from(arrays))
