"""Crowd-BT: annotators who more or less often say the opposite of what Bradley and Terry's model has them see."""

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

__all__ = ["CrowdBT"]


@dataclass(frozen=True)
class CrowdBT(ReliabilityAggregator):
    """Scores of things and reliability of annotators. Chen, Bennett, Collins-Thompson and Horvitz, 2013, equation 5.

    With score s, a thing is preferred to one with score r by an annotator of reliability e with the probability
    e F(s - r) + (1 - e) F(r - s), F logistic: 0.5 is a coin, 0 says the opposite. All parameters are found
    together by ascent (L-BFGS), where the paper moves them by turns; both end where no derivative is left. A tie
    is half a comparison won and half lost. Comparisons that name no annotator share a nameless one.

    Chen's virtual node is that of ``regularization``. The prior of reliability is Beta(right + 1, wrong + 1); as
    everybody's reliability turned round explains the same comparisons by scores turned round, more virtual answers
    must be right than wrong.

    Args:
        regularization: Virtual comparisons a thing, half won and half lost against an average one; above 0.
        right: Virtual answers an annotator that agree with the scores; above 0.
        wrong: Virtual answers that do not; above 0.
        tolerance: Stop when no derivative is above this, a comparison.
        max_iter: Most steps.

    >>> import polars as pl
    >>> rows = [("A", "B", "left", "Ann")] * 9 + [("A", "B", "right", "Ben")] * 3
    >>> table = pl.DataFrame(rows, schema=["left", "right", "label", "annotator"], orient="row")
    >>> result = CrowdBT().aggregate(table)
    >>> result.scores["item"].to_list(), result.annotators["reliability"].round(1).to_list()
    (['A', 'B'], [0.9, 0.5])
    """

    def start_of(self, given: GivenComparisons) -> FloatArray:
        """Return equal scores, and reliabilities as the prior has them."""
        return np.append(np.zeros(given.n_ids), np.full(given.n_annotators, np.log(self.right / self.wrong)))

    def value_and_gradient(self, given: GivenComparisons, parameters: FloatArray) -> tuple[float, FloatArray]:
        """Return the logarithm of likelihood and priors, and its derivatives by scores and logits of reliability."""
        scores, logits = parameters[: given.n_ids], parameters[given.n_ids :]
        seen = logistic(scores[given.left] - scores[given.right])
        reliable = logistic(logits)
        mine = reliable[given.annotators]
        value, slope = given.log_likelihood(mine * seen + (1 - mine) * (1 - seen))
        held, by_prior = self.prior(scores)
        trusted = float((self.right * log_logistic(logits) + self.wrong * log_logistic(-logits)).sum())
        by_logit = given.by_annotator(slope * (2 * seen - 1)) * reliable * (1 - reliable)
        return value + held + trusted, np.append(
            given.by_score(slope * (2 * mine - 1) * seen * (1 - seen)) + by_prior,
            by_logit + self.right * (1 - reliable) - self.wrong * reliable,
        )

    def found_of_annotators(
        self, given: GivenComparisons, parameters: FloatArray
    ) -> Mapping[str, FloatArray]:
        """Return the reliability of each annotator."""
        return {"reliability": logistic(parameters[given.n_ids :])}
