"""How sure a mean over queries is when something that all queries share, such as annotators, is a sample too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.core.errors import InputError
from palate.inference.base import FloatArray, Interval, check_values

__all__ = ["CrossedFactor", "CrossedVariance", "crossed_variance", "effective_count"]


@dataclass(frozen=True)
class CrossedFactor:
    """What leaving out a part of one factor makes of the values.

    Args:
        name: Such as ``annotators``.
        left_out: Shape (n_groups, n_queries): the value of each query without the first group, the second, …; groups of
            nearly one size that together are all there is.
        count: How many there effectively are, such as 8.3 annotators; see :func:`effective_count`.
    """

    name: str
    left_out: FloatArray
    count: float


@dataclass(frozen=True)
class CrossedVariance:
    """The variance of a mean over queries, by where it comes from.

    Args:
        mean: The mean itself.
        queries: Variance because other queries could have been sampled, with what is of one query alone (the noise of
            its answers among it).
        shared: Variance that each further factor adds because queries share it, by name.
        degrees: Degrees of freedom of the whole.
    """

    mean: float
    queries: float
    shared: dict[str, float]
    degrees: float

    @property
    def total(self) -> float:
        """The variance of the mean."""
        return self.queries + sum(self.shared.values())

    @property
    def shares(self) -> dict[str, float]:
        """Which share of the variance is due to queries and to each factor; 0 where there is no variance."""
        parts = {"queries": self.queries} | self.shared
        return {name: part / self.total if self.total > 0 else 0.0 for name, part in parts.items()}

    def interval(self, confidence: float = 0.95) -> Interval:
        """Return Student's interval with these degrees of freedom."""
        from scipy.special import stdtrit

        reach = float(stdtrit(self.degrees, (1 + confidence) / 2)) * self.total**0.5
        return Interval(self.mean, self.mean - reach, self.mean + reach, confidence)

    @property
    def p_value(self) -> float:
        """Two-sided p-value of the mean's being 0 by Student's t; never 0."""
        from scipy.special import stdtr

        if self.mean == 0:
            return 1.0
        error = self.total**0.5
        p_value = 2 * float(stdtr(self.degrees, -abs(self.mean) / error)) if error > 0 else 0.0
        return max(p_value, float(np.finfo(np.float64).tiny))


def crossed_variance(values: FloatArray, factors: Sequence[CrossedFactor] = ()) -> CrossedVariance:
    """Return the variance of the mean of ``values`` over sampled queries that share sampled factors.

    Queries and, say, annotators are crossed random effects. The mean of Q queries by A annotators has the variance
    ``s_q / Q + s_a / A + s_qa / (Q A)``. The spread of the queries' values shows the first and the last part, however
    many queries there are. Leaving out annotators one by one (the jackknife: Shao and Tu, The Jackknife and Bootstrap,
    1995, section 2.1; in groups where they are many) shows the last two. As in two-way clustering (Cameron, Gelbach and
    Miller, Robust inference with multiway clustering, JBES 2011, equation 2.11), both less what both saw counts each part
    once. What both saw needs no third resampling: it is what leaving out does to each query on its own, beyond what it
    does to all of them together. A part that comes out below 0 counts 0. What two of several factors share beyond the
    queries is counted twice, which makes the interval longer.

    Resampling queries and annotators at once would count the last part three times (McCullagh, Bernoulli 2000; Owen, The
    pigeonhole bootstrap, Annals of Applied Statistics 2007, theorem 4), and weights of annotators other than 0 and 1 lose
    a share of the second where tasks are decided by their own answers: among m answers of equal weight, more weight for
    one is less for the others, and of the variance remains (1 - 1/m)².

    The interval is Student's with the degrees of freedom of the factor of which there are fewest, less 1 (Cameron, Gelbach
    and Miller, section 2.4).

    Args:
        values: Of each query, shape (n_queries,).
        factors: What else was sampled.

    Raises:
        InputError: There are fewer than two queries, values that are not finite, or fewer than two of a factor.

    >>> round(crossed_variance(np.array([0.1, 0.3, 0.2, 0.2])).interval().low, 3)
    0.07
    """
    checked = check_values(values, "the sample")
    for factor in factors:
        if len(factor.left_out) < 2:
            raise InputError(
                f"How far other {factor.name} would differ cannot be said from one. Two are the least, ten are better."
            )
    queries = float(checked.var(ddof=1)) / len(checked)
    shared = {factor.name: _shared_by_queries(factor.left_out) for factor in factors}
    fewest = min([float(len(checked)), *(factor.count for factor in factors)])
    return CrossedVariance(float(checked.mean()), queries, shared, max(fewest - 1, 1.0))


def effective_count(sizes: npt.ArrayLike) -> float:
    """Return how many equally large groups are worth groups of these sizes: the square of the sum by the sum of squares.

    Kish, Survey Sampling, 1965, section 11.7; for degrees of freedom, Carter, Schnepel and Steigerwald, Review of
    Economics and Statistics 2017.

    >>> effective_count([5, 5, 5]), round(effective_count([98, 1, 1]), 2)
    (3.0, 1.04)
    """
    array = np.asarray(sizes, dtype=np.float64)
    return float(array.sum() ** 2 / np.sum(array**2))


def _shared_by_queries(left_out: FloatArray) -> float:
    """Return the variance of what moves all queries together, 0 or more."""
    n_groups, n_queries = left_out.shape
    moved = left_out - left_out.mean(axis=0)
    together = float(np.sum(moved.mean(axis=1) ** 2))
    alone = float(np.sum(moved.var(axis=1, ddof=1))) / n_queries
    return float(max(0.0, together - alone) * (n_groups - 1) / n_groups)
