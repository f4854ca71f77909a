"""Noisy Bradley–Terry: annotators who now and then do not look, and then prefer a side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from palate.aggregation.pairs._reliability import (
    GivenComparisons,
    ReliabilityAggregator,
    log_logistic,
    logistic,
)
from palate.aggregation.pairs.base import FloatArray
from palate.core.settings import check_positive

__all__ = ["NoisyBradleyTerry"]


@dataclass(frozen=True)
class NoisyBradleyTerry(ReliabilityAggregator):
    """Scores of things, reliability and side bias of annotators. Bugakova et al., 2019, equation 3.

    An annotator of reliability g looks with that probability, and then prefers a thing with score s to one with
    score r with the probability F(s - r), F logistic; who does not look takes the left with the probability F(q).
    All parameters are found together by ascent (L-BFGS). A tie is half a comparison won and half lost.
    Comparisons that name no annotator share a nameless one.

    Args:
        regularization: Virtual comparisons a thing, half won and half lost against an average one; above 0.
        right: Virtual answers an annotator that were given with attention; above 0.
        wrong: Virtual answers that were not; above 0.
        tolerance: Stop when no derivative is above this, a comparison.
        max_iter: Most steps.
        guesses: Virtual answers without attention that hold the side bias, half of them left; above 0.
    """

    guesses: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(guesses=self.guesses)

    def start_of(self, given: GivenComparisons) -> FloatArray:
        """Return equal scores, reliabilities as the prior has them, and no side bias."""
        logits = np.full(given.n_annotators, np.log(self.right / self.wrong))
        return np.concatenate([np.zeros(given.n_ids), logits, np.zeros(given.n_annotators)])

    def value_and_gradient(self, given: GivenComparisons, parameters: FloatArray) -> tuple[float, FloatArray]:
        """Return the logarithm of likelihood and priors, and its derivatives by all parameters."""
        scores, logits, bias = np.split(parameters, [given.n_ids, given.n_ids + given.n_annotators])
        seen = logistic(scores[given.left] - scores[given.right])
        reliable, left = logistic(logits), logistic(bias)
        mine, guess = reliable[given.annotators], left[given.annotators]
        value, slope = given.log_likelihood(mine * seen + (1 - mine) * guess)
        held, by_prior = self.prior(scores)
        trusted = float((self.right * log_logistic(logits) + self.wrong * log_logistic(-logits)).sum())
        guessed = self.guesses / 2 * float((log_logistic(bias) + log_logistic(-bias)).sum())
        by_logit = given.by_annotator(slope * (seen - guess)) * reliable * (1 - reliable)
        by_bias = given.by_annotator(slope * (1 - mine)) * left * (1 - left)
        return value + held + trusted + guessed, np.concatenate(
            [
                given.by_score(slope * mine * seen * (1 - seen)) + by_prior,
                by_logit + self.right * (1 - reliable) - self.wrong * reliable,
                by_bias + self.guesses / 2 * (1 - 2 * left),
            ]
        )

    def found_of_annotators(
        self, given: GivenComparisons, parameters: FloatArray
    ) -> Mapping[str, FloatArray]:
        """Return the reliability of each annotator, and how often one who does not look takes the left."""
        _, logits, bias = np.split(parameters, [given.n_ids, given.n_ids + given.n_annotators])
        return {"reliability": logistic(logits), "left_guess": logistic(bias)}
