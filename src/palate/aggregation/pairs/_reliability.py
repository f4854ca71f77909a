"""What models of comparisons by annotators of unequal reliability share: data, ascent and result."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from palate.aggregation.pairs._pair_counts import connected_groups
from palate.aggregation.pairs.base import CodedComparisons, PairAggregator, PairFit, PairStart
from palate.core.coding import IntArray
from palate.core.errors import SettingsError
from palate.core.linear_algebra import one_thread
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_counts

__all__ = ["GivenComparisons", "ReliabilityAggregator", "log_logistic", "logistic"]

FloatArray = npt.NDArray[np.float64]

_LEAST = 1e-300
"""Probabilities below are taken for this, whose logarithm is finite."""


def logistic(x: FloatArray) -> FloatArray:
    """Return 1 / (1 + exp(-x)) without overflow."""
    from scipy.special import expit

    found: FloatArray = expit(x)
    return found


def log_logistic(x: FloatArray) -> FloatArray:
    """Return the logarithm of the logistic function without underflow."""
    found: FloatArray = -np.logaddexp(0.0, -x)
    return found


@dataclass(frozen=True)
class GivenComparisons:
    """Comparisons by annotator, those without one by a nameless one more.

    Args:
        left: int32, shape (n_comparisons,).
        right: int32, likewise.
        annotators: int32, likewise.
        left_share: float64, likewise: 1 left preferred, 0 right, 0.5 a tie.
        n_ids: How many things there are.
        n_annotators: How many annotators, the nameless one included if there is one.
    """

    left: IntArray
    right: IntArray
    annotators: IntArray
    left_share: FloatArray
    n_ids: int
    n_annotators: int

    @classmethod
    def from_coded(cls, comparisons: CodedComparisons) -> GivenComparisons:
        """Return comparisons in an order that does not depend on the table's."""
        n_named = len(comparisons.annotator_ids)
        annotators = np.where(comparisons.annotators < 0, n_named, comparisons.annotators).astype(np.int32)
        order = np.lexsort((comparisons.outcome, comparisons.right, comparisons.left, annotators))
        return cls(
            left=comparisons.left[order],
            right=comparisons.right[order],
            annotators=annotators[order],
            left_share=(comparisons.outcome[order] + 1) / 2,
            n_ids=len(comparisons.ids),
            n_annotators=max(n_named, int(annotators.max()) + 1),
        )

    def log_likelihood(self, left_wins: FloatArray) -> tuple[float, FloatArray]:
        """Return the log-likelihood and its derivative by each comparison's probability of left.

        Args:
            left_wins: Shape (n_comparisons,): that probability.
        """
        win, loss = np.maximum(left_wins, _LEAST), np.maximum(1 - left_wins, _LEAST)
        share = self.left_share
        # Threads of a linear algebra library cost more than this sum.
        value = float(np.einsum("i,i->", share, np.log(win)) + np.einsum("i,i->", 1 - share, np.log(loss)))
        return value, share / win - (1 - share) / loss

    def by_score(self, by_difference: FloatArray) -> FloatArray:
        """Return the derivative by each score from that by each comparison's difference: shape (n_ids,)."""
        as_left = np.bincount(self.left, by_difference, self.n_ids)
        return np.asarray(as_left - np.bincount(self.right, by_difference, self.n_ids), dtype=np.float64)

    def by_annotator(self, values: FloatArray) -> FloatArray:
        """Return the sum of values over each annotator's comparisons: shape (n_annotators,)."""
        return np.asarray(np.bincount(self.annotators, values, self.n_annotators), dtype=np.float64)


@dataclass(frozen=True)
class ReliabilityAggregator(PairAggregator):
    """Scores and annotators' parameters under which the comparisons are most probable.

    Args:
        regularization: Virtual comparisons a thing, half won and half lost against an average one; above 0.
        right: Virtual answers an annotator that were right (given with attention); above 0.
        wrong: Virtual answers that were not; above 0.
        tolerance: Stop when no derivative is above this, a comparison.
        max_iter: Most steps.
    """

    goes_on: ClassVar[bool] = True

    regularization: float = 0.1
    right: float = 4.0
    wrong: float = 1.0
    tolerance: float = 1e-8
    max_iter: int = 1000

    def __post_init__(self) -> None:
        for name in ("regularization", "right", "wrong", "tolerance"):
            if not 0 < (value := getattr(self, name)) < np.inf:
                raise SettingsError(f"'{name}' must be a number above 0; it is {value}.")
        check_counts(max_iter=self.max_iter)

    @abstractmethod
    def start_of(self, given: GivenComparisons) -> FloatArray:
        """Return the parameters to begin with: scores, then those of annotators."""

    @abstractmethod
    def value_and_gradient(self, given: GivenComparisons, parameters: FloatArray) -> tuple[float, FloatArray]:
        """Return the logarithm of likelihood and priors, and its derivatives."""

    @abstractmethod
    def found_of_annotators(
        self, given: GivenComparisons, parameters: FloatArray
    ) -> Mapping[str, FloatArray]:
        """Return by name what the parameters say of each annotator, shape (n_annotators,)."""

    def prior(self, scores: FloatArray) -> tuple[float, FloatArray]:
        """Return the log-likelihood of the virtual comparisons and its derivatives by the scores."""
        half = self.regularization / 2
        value = half * float((log_logistic(scores) + log_logistic(-scores)).sum())
        return value, half * (1 - 2 * logistic(scores))

    def fit(self, comparisons: CodedComparisons, progress: Progress = no_progress) -> PairFit:
        """Return scores, annotators' reliability and the probabilities that a reliable annotator gives."""
        given = GivenComparisons.from_coded(comparisons)
        return self._climbed(comparisons, given, self.start_of(given), progress)

    def fit_from(
        self, comparisons: CodedComparisons, start: PairStart, progress: Progress = no_progress
    ) -> PairFit:
        """Return what ``fit`` does in fewer steps, from the parameters that were found before."""
        given = GivenComparisons.from_coded(comparisons)
        begin = self.start_of(given)
        found = np.full_like(begin, np.nan)
        found[: given.n_ids] = start.by_id
        of_annotators = found[given.n_ids :].reshape(-1, given.n_annotators)
        n_named = len(comparisons.annotator_ids)
        if start.by_annotator is not None:
            of_annotators[:, :n_named] = start.by_annotator.T
        if len(start.others) == len(of_annotators):
            of_annotators[:, n_named:] = start.others[:, np.newaxis]
        return self._climbed(comparisons, given, np.where(np.isnan(found), begin, found), progress)

    def _climbed(
        self, comparisons: CodedComparisons, given: GivenComparisons, begin: FloatArray, progress: Progress
    ) -> PairFit:
        from scipy.optimize import OptimizeResult, minimize

        n_rows, values = len(given.left), list[float]()

        def minus(parameters: FloatArray) -> tuple[float, FloatArray]:
            value, gradient = self.value_and_gradient(given, parameters)
            return -value / n_rows, -gradient / n_rows

        def tell(intermediate_result: OptimizeResult) -> None:
            values.append(-float(intermediate_result.fun) * n_rows)
            progress(min(len(values), self.max_iter), self.max_iter)

        limits: Any = {
            "gtol": self.tolerance,
            "ftol": 0.0,
            "maxiter": self.max_iter,
            "maxfun": 20 * self.max_iter,
        }
        with one_thread():  # its threads would cost more than the steps themselves
            found = minimize(minus, begin, jac=True, method="L-BFGS-B", callback=tell, options=limits)
        progress(self.max_iter, self.max_iter)
        pairs, n_ids = comparisons.pairs, given.n_ids
        components = connected_groups(pairs.first, pairs.second, n_ids)
        means = np.bincount(components, found.x[:n_ids])[1:] / np.bincount(components)[1:]
        scores = found.x[:n_ids] - means[components - 1]
        n_named = len(comparisons.annotator_ids)
        annotators = self.found_of_annotators(given, found.x)
        of_annotators = found.x[n_ids:].reshape(-1, given.n_annotators)
        steepest = float(np.abs(found.jac).max())
        return PairFit(
            scores=scores,
            win_probability=logistic(scores[pairs.first] - scores[pairs.second]),
            components=components,
            annotators={name: column[:n_named] for name, column in annotators.items()},
            # Where rounding hides what a step gains, the search ends a little above the tolerance.
            converged=steepest <= max(self.tolerance, 1e-6),
            iterations=len(values),
            log_likelihood=tuple(values),
            end=PairStart(
                found.x[:n_ids],
                of_annotators[:, :n_named].T.copy(),
                of_annotators[:, n_named:].ravel(),
            ),
        )
