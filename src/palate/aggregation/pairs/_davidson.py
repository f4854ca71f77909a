"""The likelihood of comparisons with ties, its gradient and its curvature. Davidson, 1970.

With scores s and the ties' weight v, of two that differ by d = s_i - s_j the first is preferred with probability
e^(d/2) / z, the second with e^(-d/2) / z, and neither with v / z, where z = e^(d/2) + e^(-d/2) + v. Without ties
v is 0, and this is Bradley and Terry's model. The logarithm of the likelihood is concave in (s, log v).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from palate.aggregation.pairs._pair_counts import PairCounts
from palate.core.coding import IntArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Davidson", "Information", "Point"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Davidson:
    """What is maximized: the log-likelihood of pair counts and of virtual comparisons.

    A vector of parameters holds the scores and, if anything tied, the logarithm of the ties' weight.

    Args:
        first: int32, shape (n_pairs + n_virtual,): code of the first of each pair, in ascending order among
            those that met; then of each thing that meets the average one virtually.
        second: int32, likewise; ``n_ids`` is the average thing, whose score is 0.
        lead: float64, likewise: wins of the first less wins of the second.
        comparisons: float64, likewise.
        n_ties: How many comparisons tied.
        n_ids: How many things there are.
        n_pairs: How many pairs met.
    """

    first: IntArray
    second: IntArray
    lead: FloatArray
    comparisons: FloatArray
    n_ties: float
    n_ids: int
    n_pairs: int

    @classmethod
    def from_counts(cls, pairs: PairCounts, n_ids: int, regularization: float) -> Davidson:
        """Return the objective for pair counts and ``regularization`` virtual comparisons a thing.

        Those are against the average thing; half of them are won, half lost, none tied.
        """
        virtual = np.arange(n_ids if regularization else 0, dtype=np.int32)
        return cls(
            first=np.concatenate([pairs.first, virtual]),
            second=np.concatenate([pairs.second, np.full_like(virtual, n_ids)]),
            lead=np.concatenate([pairs.first_wins - pairs.second_wins, np.zeros(len(virtual))]),
            comparisons=np.concatenate([pairs.comparisons, np.full(len(virtual), regularization)]),
            n_ties=float(pairs.ties.sum()),
            n_ids=n_ids,
            n_pairs=len(pairs.first),
        )

    def start(self) -> FloatArray:
        """Return equal scores and, if anything tied, the ties' weight that fits best to them."""
        scores = np.zeros(self.n_ids)
        if not self.n_ties:
            return scores
        decided = self.comparisons.sum() - self.n_ties
        return np.append(scores, np.log(2 * self.n_ties / decided))

    def at(self, parameters: FloatArray) -> Point:
        """Return the value and all that derivatives need, at these parameters."""
        scores = np.append(parameters[: self.n_ids], 0.0)
        difference = scores[self.first] - scores[self.second]
        log_weight = float(parameters[self.n_ids]) if self.n_ties else -np.inf
        half = np.abs(difference) / 2
        weaker = np.exp(-half)  # everything relative to the stronger, so that nothing overflows
        tie = np.exp(log_weight) * weaker
        weaker *= weaker
        z = 1 + weaker + tie
        gain = float(self.lead @ difference) / 2 + (self.n_ties * log_weight if self.n_ties else 0.0)
        return Point(
            model=self,
            parameters=parameters,
            value=gain - float(self.comparisons @ (half + np.log(z))),
            difference=difference,
            lead=np.copysign((1 - weaker) / z, difference),
            tie=tie / z,
        )


@dataclass(frozen=True)
class Point:
    """The objective at some parameters.

    Args:
        model: The objective.
        parameters: Where.
        value: The log-likelihood of counts and virtual comparisons.
        difference: float64, shape (n_pairs + n_virtual,): how far the first's score is above the second's.
        lead: float64, likewise: probability that the first is preferred less that of the second.
        tie: float64, likewise: probability of a tie.
    """

    model: Davidson
    parameters: FloatArray
    value: float
    difference: FloatArray
    lead: FloatArray
    tie: FloatArray

    def gradient(self) -> FloatArray:
        """Return the derivative of the value by each parameter."""
        model = self.model
        by_score = self._sum_by_id((model.lead - model.comparisons * self.lead) / 2, sign=-1)
        if not model.n_ties:
            return by_score
        return np.append(by_score, model.n_ties - model.comparisons @ self.tie)

    def information(self) -> Information:
        """Return minus the second derivatives of the value.

        Its first derivatives have half the lead in wins and the number of ties in them; these are those' variances
        and covariance, summed over comparisons.
        """
        from scipy.sparse import csr_array

        model = self.model
        by_difference = model.comparisons * (1 - self.tie - self.lead**2) / 4
        row_starts = np.searchsorted(model.first[: model.n_pairs], np.arange(model.n_ids + 1))
        upper = csr_array(
            (by_difference[: model.n_pairs], model.second[: model.n_pairs], row_starts),
            shape=(model.n_ids, model.n_ids),
        )
        return Information(
            upper=upper,
            diagonal=self._sum_by_id(by_difference, sign=1),
            mixed=self._sum_by_id(-model.comparisons * self.lead * self.tie / 2, sign=-1),
            by_weight=float(model.comparisons @ (self.tie * (1 - self.tie))) if model.n_ties else None,
        )

    def _sum_by_id(self, values: FloatArray, *, sign: int) -> FloatArray:
        """Return the sum of values over the pairs where each id is first, and of sign * values where second."""
        model, size = self.model, self.model.n_ids + 1
        as_first = np.bincount(model.first, weights=values, minlength=size)
        as_second = np.bincount(model.second, weights=values, minlength=size)
        return (as_first + sign * as_second)[: model.n_ids].astype(np.float64)


@dataclass(frozen=True)
class Information:
    """A symmetric matrix over the parameters, never written out for many things.

    Args:
        upper: Shape (n_ids, n_ids): minus the entries above the diagonal.
        diagonal: float64, shape (n_ids,).
        mixed: float64, shape (n_ids,): entries of scores and the ties' weight.
        by_weight: The entry of the ties' weight; None if nothing tied.
    """

    upper: csr_array
    diagonal: FloatArray
    mixed: FloatArray
    by_weight: float | None

    def whole_diagonal(self) -> FloatArray:
        """Return the diagonal over all parameters."""
        return self.diagonal if self.by_weight is None else np.append(self.diagonal, self.by_weight)

    def times(self, vector: FloatArray) -> FloatArray:
        """Return the product of the matrix and a vector over all parameters."""
        scores = vector[: len(self.diagonal)]
        product: FloatArray = self.diagonal * scores - self.upper @ scores - self.upper.T @ scores
        if self.by_weight is None:
            return product
        last = float(vector[-1])
        return np.append(product + self.mixed * last, self.mixed @ scores + self.by_weight * last)

    def of_scores(self) -> FloatArray:
        """Return the information of the scores alone, the ties' weight profiled out: (n_ids, n_ids)."""
        upper = self.upper.toarray()
        by_score: FloatArray = np.diag(self.diagonal) - upper - upper.T
        if self.by_weight is None:
            return by_score
        return by_score - np.outer(self.mixed, self.mixed) / self.by_weight
