"""Estimates from samples with known inclusion probabilities: values of queries, and means over queries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.inference.base import FloatArray, Interval

__all__ = ["QueryDesign", "SampledItems", "SampledMean", "mean_over_queries", "sampled_variance"]

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class SampledItems:
    """Which items were drawn for which query, and how probable that was.

    Args:
        queries: int64, shape (n_items,): the query of each item.
        inclusion: float64, shape (n_items,), in (0, 1].
        n_queries: How many queries there are.
        strata: int64, shape (n_items,): numbers of the parts in which items were drawn together, each within one
            query; None where each query was one part.
    """

    queries: IntArray
    inclusion: FloatArray
    n_queries: int
    strata: IntArray | None = None

    def totals(self, amounts: FloatArray) -> FloatArray:
        """Return each query's Horvitz–Thompson estimate of the sum of ``amounts`` over all its items.

        The sum over the sample of amount / inclusion, which is unbiased (Horvitz and Thompson, JASA 1952).
        """
        return _sums(self.queries, amounts / self.inclusion, self.n_queries)


def sampled_variance(items: SampledItems, amounts: FloatArray) -> FloatArray:
    """Return the variance of each query's ``totals`` that drawing items brings, shape (n_queries,).

    Samples of fixed size and high entropy have nearly the variance, with c = n / (n - 1) · (1 - inclusion) over the n drawn
    items that were not certain,

        sum of c (amount / inclusion - B)², where B = sum of c · amount / inclusion / sum of c

    (Hájek, Annals of Mathematical Statistics 1964; this form: Deville, 1999; Tillé, Sampling Algorithms, 2006, equation
    7.13). It needs no joint inclusion probabilities, and holds for plain random samples exactly. Where fewer than two
    uncertain items were drawn in a stratum, B is 0 and n / (n - 1) is 1: the variance as if each item had been drawn for
    itself (Poisson sampling), which is greater.

    Args:
        items: The sample.
        amounts: What is summed, or its linearized form, shape (n_items,).
    """
    strata = items.queries if items.strata is None else items.strata
    n_strata = int(strata.max(initial=-1)) + 1
    uncertain = items.inclusion < 1.0
    drawn = np.bincount(strata[uncertain], minlength=n_strata).astype(np.float64)
    doubt = np.where(uncertain, 1.0 - items.inclusion, 0.0)
    weighted = amounts / items.inclusion
    doubts = np.bincount(strata, doubt, n_strata)
    several = drawn >= 2
    sums = np.bincount(strata, doubt * weighted, n_strata)
    middle = np.divide(sums, doubts, out=np.zeros(n_strata), where=several & (doubts > 0))
    factor = np.where(several, drawn / np.maximum(drawn - 1.0, 1.0), 1.0)
    parts = factor[strata] * doubt * (weighted - middle[strata]) ** 2
    return _sums(items.queries, parts, items.n_queries)


def _sums(groups: IntArray, amounts: FloatArray, n_groups: int) -> FloatArray:
    return np.bincount(groups, amounts, n_groups).astype(np.float64, copy=False)


@dataclass(frozen=True)
class QueryDesign:
    """How the queries came to be measured.

    Args:
        weights: float64, shape (n_queries,): how much each counts in the mean, such as its traffic.
        inclusion: float64, shape (n_queries,): the probability with which each was drawn from a list that the mean is
            about; None where the mean is about all queries like these.
        strata: int64, shape (n_queries,): parts in which queries were drawn together; None for one.
    """

    weights: FloatArray
    inclusion: FloatArray | None = None
    strata: IntArray | None = None


@dataclass(frozen=True)
class SampledMean:
    """A mean over queries with the variance of both ways of drawing.

    Args:
        interval: The mean with its bounds; bounds are infinite where nothing tells the variance.
        of_queries: The variance that comes from drawing queries; None where there is one query of many.
        of_judgments: The variance that comes from drawing items.
    """

    interval: Interval
    of_queries: float | None
    of_judgments: float


def mean_over_queries(
    values: FloatArray, variances: FloatArray, design: QueryDesign, confidence: float
) -> SampledMean:
    """Return the mean of estimated values with an interval that counts the sampling of queries and of judgments.

    The mean is weighted by weight / inclusion (Hájek, 1971). By the law of total variance its variance is that of
    drawing queries plus the mean one of drawing items. Where the mean is about all queries like these, how far the
    estimated values scatter holds both already, as items are drawn anew for each query: what drawing items brings is told
    apart, not added again. Where queries were drawn from a list, the scatter counts only as far as queries were left
    out, and the variance of items is added for each (Särndal, Swensson and Wretman, Model Assisted Survey Sampling, 1992,
    section 4.3, with Hájek's approximation). Bounds are Student's, with as many degrees of freedom as queries less
    strata.

    Args:
        values: Estimated values, finite, shape (n_queries,).
        variances: What drawing items adds to each, shape (n_queries,).
        design: How queries were drawn.
        confidence: Of the interval, in (0, 1).
    """
    from scipy.special import stdtrit

    n = len(values)
    inclusion = np.ones(n) if design.inclusion is None else design.inclusion
    shares = design.weights / inclusion
    shares = shares / shares.sum()
    mean = float(shares @ values)
    scatter = shares * (values - mean)
    strata = np.zeros(n, dtype=np.int64) if design.strata is None else design.strata
    of_judgments = float(shares**2 @ variances)
    if design.inclusion is None:
        total = n / (n - 1) * float(scatter @ scatter) if n > 1 else None
        # The scatter of few queries may by chance be less than what items alone bring.
        total = None if total is None else max(total, of_judgments)
        of_queries = None if total is None else total - of_judgments
    else:
        whole = SampledItems(np.zeros(n, dtype=np.int64), inclusion, 1, strata)
        drawn = float(sampled_variance(whole, scatter * inclusion)[0])
        total = drawn + float((shares**2 * inclusion) @ variances)
        of_queries = max(total - of_judgments, 0.0)
    freedom = n - len(np.unique(strata))
    if design.inclusion is not None and (inclusion >= 1.0).all():
        reach = float(stdtrit(np.inf, (1 + confidence) / 2)) * float(np.sqrt(of_judgments))
    elif total is None or freedom < 1:
        reach = np.inf
    else:
        reach = float(stdtrit(freedom, (1 + confidence) / 2)) * float(np.sqrt(total))
    return SampledMean(Interval(mean, mean - reach, mean + reach, confidence), of_queries, of_judgments)
