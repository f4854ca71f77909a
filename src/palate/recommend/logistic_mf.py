"""Recommend by factors of users and items, learned as the logistic probability of a like."""

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

__all__ = ["LogisticMF"]


@dataclass(frozen=True)
class LogisticMF(Recommender):
    """Logistic matrix factorization. Johnson, NIPS workshop 2014.

    The log-odds of a like are the product of the user's and the item's factors plus a bias of each. Users
    and items take turns to climb the posterior's slope (AdaGrad, Duchi et al., 2011) over likes and drawn
    unknowns. The ``implicit`` library does it; it runs in one thread, so that the seed repeats its draws.

    Args:
        factors: How many numbers describe a user and an item, besides the biases.
        learning_rate: How far a step goes.
        regularization: Weight of the squared factors in what is minimized.
        iterations: How often users' and items' factors are changed.
        unknowns: Unknown items drawn for each like.
        likes: Which interactions count: ``all``, ``above_user_mean``, or ``value``: as often as their value says.
    """

    factors: int = 16
    learning_rate: float = 1.0
    regularization: float = 3.0
    iterations: int = 30
    unknowns: int = 20
    likes: Likes = "above_user_mean"

    search: ClassVar[Mapping[str, SearchRange]] = {
        "factors": WholeRange(8, 64, log=True),
        "learning_rate": NumberRange(0.1, 2.0, log=True),
        "regularization": NumberRange(0.1, 20.0, log=True),
        "iterations": WholeRange(10, 60, log=True),
        "unknowns": WholeRange(5, 40, log=True),
        "likes": LIKES_SEARCH,
    }

    def __post_init__(self) -> None:
        check_likes(self.likes)
        check_counts(factors=self.factors, iterations=self.iterations, unknowns=self.unknowns)
        check_positive(learning_rate=self.learning_rate, regularization=self.regularization)

    def fit(
        self, interactions: CodedInteractions, seed: int = 0, progress: Progress = no_progress
    ) -> FittedRecommender:
        """Learn the factors."""
        from implicit.cpu.lmf import LogisticMatrixFactorization
        from scipy.sparse import csr_matrix

        counts = csr_matrix(like_counts(interactions, self.likes)).astype(np.float32)
        model = LogisticMatrixFactorization(
            factors=self.factors,
            learning_rate=self.learning_rate,
            regularization=self.regularization,
            iterations=self.iterations,
            neg_prop=self.unknowns,
            num_threads=1,
            random_state=generator(seed, "recommend", "logistic_mf"),
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
