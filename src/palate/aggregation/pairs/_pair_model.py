"""Models of comparisons by maximum likelihood: what is maximized, its gradient and its curvature.

With scores s, of two that differ by d = s_i - s_j (and what sides or covariates add to it), the first is preferred,
the second is, or they tie, with the probabilities of one of three models:

    Davidson, 1970      e^(d/2) : e^(-d/2) : e^c                      c from -inf on
    Rao–Kupper, 1967    F(d - c) : F(-d - c) : the rest, F logistic   c from 0 on
    Thurstone's case V  the same with F normal; the threshold is Glenn and David's, 1960

Without ties there is no c, and the first two are Bradley and Terry's model, 1952. Each has a logarithm of the
likelihood that is concave in (s, c), so that what Newton's method settles on is the maximum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from palate.aggregation.pairs._pair_counts import PairCounts
from palate.core.coding import IntArray

__all__ = ["Information", "Link", "PairModel", "Point", "link_number", "outcome_probabilities"]

FloatArray = npt.NDArray[np.float64]
Link = Literal["davidson", "rao_kupper", "thurstone"]


@cache
def _kernel() -> Any:
    """Return the compiled loops; numba is slow to import, so it is on first use."""
    from palate.aggregation.pairs import _pair_kernel

    return _pair_kernel


def link_number(link: Link) -> int:
    """Return what the compiled loops call a model."""
    numbers = {"davidson": "DAVIDSON", "rao_kupper": "RAO_KUPPER", "thurstone": "THURSTONE"}
    return int(getattr(_kernel(), numbers[link]))


def outcome_probabilities(link: Link, difference: FloatArray, c: float) -> tuple[FloatArray, FloatArray]:
    """Return the probability that the first is preferred, ties counted half, and that of a tie."""
    if link == "davidson":
        half = np.abs(difference) / 2
        tie = np.exp(c - half)
        weaker = np.exp(-2 * half)
        total = 1 + weaker + tie
        lead, tie = np.copysign((1 - weaker) / total, difference), tie / total
        return (1 + lead) / 2, tie
    from scipy.special import expit, ndtr

    cumulative = expit if link == "rao_kupper" else ndtr
    threshold = c if np.isfinite(c) else 0.0
    win, loss = cumulative(difference - threshold), cumulative(-difference - threshold)
    return (1 + win - loss) / 2, np.maximum(1 - win - loss, 0.0)


@dataclass(frozen=True)
class PairModel:
    """What is maximized: the log-likelihood of pair counts and of virtual comparisons, less a penalty.

    A vector of parameters holds the scores, the weights of covariates, and, if anything tied, c.

    Args:
        link: The model of a single comparison.
        first: int32, shape (n_pairs + n_virtual,): code of the first of each pair; then of each thing that meets
            the average one virtually.
        second: int32, likewise; ``n_ids`` is the average thing, whose score is 0.
        counts: float64, shape (n_pairs + n_virtual, 3): how often the first was preferred, the second, neither.
        covariates: float64, shape (n_pairs + n_virtual, n_covariates): what else is added to the difference.
        n_ids: How many things there are.
        n_pairs: How many pairs met.
        ridge: What multiplies half the squared weights of covariates, which is taken off.
    """

    link: Link
    first: IntArray
    second: IntArray
    counts: FloatArray
    covariates: FloatArray
    n_ids: int
    n_pairs: int
    ridge: float = 0.0

    @classmethod
    def from_counts(
        cls,
        pairs: PairCounts,
        n_ids: int,
        regularization: float,
        *,
        link: Link = "davidson",
        covariates: FloatArray | None = None,
        ridge: float = 0.0,
    ) -> PairModel:
        """Return the objective for pair counts and ``regularization`` virtual comparisons a thing.

        Those are against the average thing; half of them are won, half lost, none tied.

        Args:
            pairs: Counts; with covariates, one entry a pair as it was shown.
            n_ids: How many things there are.
            regularization: From 0 on.
            link: The model of a single comparison.
            covariates: Shape (n_pairs, n_covariates).
            ridge: From 0 on.
        """
        n_pairs = len(pairs.first)
        virtual = np.arange(n_ids if regularization else 0, dtype=np.int32)
        counts = np.zeros((n_pairs + len(virtual), 3))
        counts[:n_pairs] = np.stack([pairs.first_wins, pairs.second_wins, pairs.ties], axis=1)
        counts[n_pairs:, :2] = regularization / 2
        if covariates is None:
            covariates = np.zeros((n_pairs, 0))
        return cls(
            link=link,
            first=np.concatenate([pairs.first, virtual]),
            second=np.concatenate([pairs.second, np.full_like(virtual, n_ids)]),
            counts=counts,
            covariates=np.concatenate([covariates, np.zeros((len(virtual), covariates.shape[1]))]),
            n_ids=n_ids,
            n_pairs=n_pairs,
            ridge=ridge,
        )

    @property
    def n_covariates(self) -> int:
        """How many covariates there are."""
        return int(self.covariates.shape[1])

    @property
    def n_ties(self) -> float:
        """How many comparisons tied."""
        return float(self.counts[:, 2].sum())

    def start(self) -> FloatArray:
        """Return scores by the odds of each thing's comparisons and, if anything tied, c by the share of ties."""
        size = self.n_ids + 1
        won, lost = self.counts[:, 0] + self.counts[:, 2] / 2, self.counts[:, 1] + self.counts[:, 2] / 2
        wins = np.bincount(self.first, won, size) + np.bincount(self.second, lost, size)
        losses = np.bincount(self.first, lost, size) + np.bincount(self.second, won, size)
        scores: FloatArray = np.log((wins + 0.5) / (losses + 0.5))[: self.n_ids] / (
            1.7 if self.link == "thurstone" else 1.0
        )
        scores = np.append(scores, np.zeros(self.n_covariates))
        if not (ties := self.n_ties):
            return scores
        decided = float(self.counts[:, :2].sum())
        if self.link == "davidson":
            c = math.log(2 * ties / decided) if decided else 0.0
        else:
            # F(-c) is the share of a win; both wins and both losses where nothing was decided, lest c be infinite.
            half_decided = max(decided, 1.0) / 2
            share = half_decided / (ties + 2 * half_decided)
            from scipy.special import logit, ndtri

            c = -float(logit(share) if self.link == "rao_kupper" else ndtri(share))
        return np.append(scores, c)

    def at(self, parameters: FloatArray) -> Point:
        """Return the value and its derivatives at these parameters."""
        n_ids, n_covariates = self.n_ids, self.n_covariates
        with_ties = len(parameters) > n_ids + n_covariates
        scores = np.append(parameters[:n_ids], 0.0)
        weights = parameters[n_ids : n_ids + n_covariates]
        c = float(parameters[-1]) if with_ties else _no_ties(self.link)
        n_extra = n_covariates + with_ties
        gradient = np.zeros(n_ids + 1 + n_extra)
        curvature, diagonal = np.empty(len(self.first)), np.zeros(n_ids + 1)
        mixed, corner = np.zeros((n_extra, n_ids + 1)), np.zeros((n_extra, n_extra))
        value = -np.inf
        if self.link == "davidson" or not with_ties or c > 0:
            value = self._evaluate(
                scores, weights, c, with_ties, gradient, curvature, diagonal, mixed, corner
            )
        gradient = np.delete(gradient, n_ids)
        gradient[n_ids : n_ids + n_covariates] -= self.ridge * weights
        corner[np.arange(n_covariates), np.arange(n_covariates)] += self.ridge
        return Point(
            model=self,
            parameters=parameters,
            value=float(value) - self.ridge / 2 * float(weights @ weights),
            gradient=gradient,
            information=Information(
                first=self.first,
                second=self.second,
                curvature=curvature,
                by_score=diagonal[:n_ids],
                mixed=mixed[:, :n_ids],
                corner=corner,
            ),
        )

    def _evaluate(
        self, scores: FloatArray, weights: FloatArray, c: float, with_ties: bool, *derivatives: FloatArray
    ) -> float:
        """Return the log-likelihood and write its derivatives, by the fastest loop that can."""
        if self.link == "davidson" and not self.n_covariates:
            from palate.aggregation.pairs._davidson_kernel import FARTHEST, evaluate_davidson

            if np.abs(scores).max() <= FARTHEST:
                return evaluate_davidson(
                    self.first, self.second, self.counts, scores, c, with_ties, *derivatives
                )
        value: float = _kernel().evaluate(
            link_number(self.link), self.first, self.second, self.counts, self.covariates, scores, weights, c,
            with_ties, *derivatives,
        )  # fmt: skip
        return value


def _no_ties(link: Link) -> float:
    return -np.inf if link == "davidson" else 0.0


@dataclass(frozen=True)
class Point:
    """The objective at some parameters.

    Args:
        model: The objective.
        parameters: Where.
        value: The log-likelihood of counts and virtual comparisons, less the penalty; -inf where a threshold
            is not above 0.
        gradient: float64, shape (n_parameters,): the derivative of the value by each parameter.
        information: Minus the second derivatives.
    """

    model: PairModel
    parameters: FloatArray
    value: float
    gradient: FloatArray
    information: Information

    @property
    def scores(self) -> FloatArray:
        """The score of each thing: float64, shape (n_ids,)."""
        return self.parameters[: self.model.n_ids]

    @property
    def weights(self) -> FloatArray:
        """The weights of covariates: float64, shape (n_covariates,)."""
        return self.parameters[self.model.n_ids : self.model.n_ids + self.model.n_covariates]

    @property
    def c(self) -> float:
        """The parameter of ties; what stands for none where nothing tied."""
        with_ties = len(self.parameters) > self.model.n_ids + self.model.n_covariates
        return float(self.parameters[-1]) if with_ties else _no_ties(self.model.link)


@dataclass(frozen=True)
class Information:
    """A symmetric matrix over the parameters, not written out for fitting.

    Args:
        first: int32, shape (n_rows,): the first of each pair.
        second: int32, likewise; as many as there are things stands for the average one.
        curvature: float64, likewise: minus the second derivative by the difference.
        by_score: float64, shape (n_ids,): the diagonal over scores.
        mixed: float64, shape (n_extra, n_ids): entries of scores and the other parameters.
        corner: float64, shape (n_extra, n_extra): entries of the other parameters.
    """

    first: IntArray
    second: IntArray
    curvature: FloatArray
    by_score: FloatArray
    mixed: FloatArray
    corner: FloatArray

    def diagonal(self) -> FloatArray:
        """Return the diagonal over all parameters."""
        return np.append(self.by_score, np.diag(self.corner))

    def times(self, vector: FloatArray) -> FloatArray:
        """Return the product of the matrix and a vector over all parameters."""
        n_extra, n_ids = self.mixed.shape
        scores, extra = vector[:n_ids], vector[n_ids:]
        product = np.zeros(n_ids + 1)
        _kernel().multiply(self.first, self.second, self.curvature, np.append(scores, 0.0), product)
        if not n_extra:
            return product[:n_ids]
        # Threads of a linear algebra library cost more than these sums.
        of_scores = product[:n_ids] + np.einsum("e,ei->i", extra, self.mixed)
        return np.concatenate([of_scores, np.einsum("ei,i->e", self.mixed, scores) + self.corner @ extra])

    def dense(self) -> FloatArray:
        """Return the whole matrix, shape (n_parameters, n_parameters)."""
        n_extra, n_ids = self.mixed.shape
        matrix = np.zeros((n_ids + 1, n_ids + 1))
        np.add.at(matrix, (self.first, self.second), -self.curvature)
        matrix = (matrix + matrix.T)[:n_ids, :n_ids]
        matrix[np.arange(n_ids), np.arange(n_ids)] = self.by_score
        return np.block([[matrix, self.mixed.T], [self.mixed, self.corner]]) if n_extra else matrix
