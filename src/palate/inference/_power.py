"""How many queries show a difference of a wanted size, where queries and annotators are both sources of noise."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from palate.core.errors import SettingsError
from palate.core.settings import check_counts, check_positive
from palate.inference.base import FloatArray

__all__ = ["MOST_QUERIES", "DifferenceVariance", "power_of", "queries_needed"]

MOST_QUERIES = 10_000_000
"""Where the search for a number of queries ends."""


@dataclass(frozen=True)
class DifferenceVariance:
    """Where the spread of a measured difference between two systems comes from.

    With n queries, an overlap of m and J annotators, the mean difference has the variance
    ``query/n + annotator/J + answer/(n m)``, as in a crossed design (Cornfield and Tukey,
    Annals of Mathematical Statistics, 1956).

    Args:
        query: Of the true difference from query to query.
        annotator: Of what one annotator, had they answered all, would shift the mean difference by.
        answer: Of what is left of the noise in a query's difference where one annotator judges it.

    Raises:
        SettingsError: A variance is below 0 or not finite, or all are 0.
    """

    query: float
    annotator: float = 0.0
    answer: float = 0.0

    def __post_init__(self) -> None:
        parts = (self.query, self.annotator, self.answer)
        if not all(0 <= part < np.inf for part in parts) or not any(parts):
            raise SettingsError(f"Variances must be 0 or more, and one of them above 0; they are {parts}.")

    def a_query(self, overlap: int) -> float:
        """Return the variance of one query's measured difference that further queries average out."""
        return self.query + self.answer / overlap

    def to_dict(self) -> dict[str, Any]:
        """Return the standard deviations, which read more easily than variances."""
        return {
            "query": sqrt(self.query),
            "annotator": sqrt(self.annotator),
            "answer": sqrt(self.answer),
        }


def power_of(
    difference: float,
    variance: DifferenceVariance,
    queries: npt.ArrayLike,
    *,
    overlap: int = 1,
    annotators: int = 10,
    confidence: float = 0.95,
) -> FloatArray:
    """Return how often a two-sided test finds a true difference of this size.

    The noncentral t distribution (Johnson and Welch, Biometrika, 1940); its degrees of freedom are those of queries and
    of annotators together (Satterthwaite, Biometrics Bulletin, 1946). Without a shift by annotators it is the power
    of the paired t-test.

    Args:
        difference: The true mean difference.
        variance: Where the spread comes from.
        queries: Numbers of queries, each at least 2, any shape.
        overlap: How many annotators answer each task.
        annotators: How many annotators there are in all.
        confidence: 1 minus the level of the test.

    Raises:
        SettingsError: A number is out of range.
    """
    from scipy.special import nctdtr, stdtrit

    _check(difference, overlap, annotators, confidence)
    n = np.asarray(queries, dtype=np.float64)
    if (n < 2).any():
        raise SettingsError("Power is known for 2 queries and more.")
    of_queries: FloatArray = variance.a_query(overlap) / n
    of_annotators = variance.annotator / annotators
    total: FloatArray = of_queries + of_annotators
    fewer = of_annotators**2 / (annotators - 1) if of_annotators else 0.0
    freedom = total**2 / (of_queries**2 / (n - 1) + fewer)
    bound = stdtrit(freedom, (1 + confidence) / 2)
    shift = np.minimum(abs(difference) / np.sqrt(total), 30.0)
    wrong_side = np.nan_to_num(nctdtr(freedom, shift, -bound), nan=0.0)  # nan where it is below 1e-17
    missed = nctdtr(freedom, shift, bound) - wrong_side
    return np.asarray(1 - missed, dtype=np.float64)


def queries_needed(
    difference: float,
    variance: DifferenceVariance,
    *,
    power: float = 0.8,
    overlap: int = 1,
    annotators: int = 10,
    confidence: float = 0.95,
) -> int | None:
    """Return the fewest queries that give the wanted power; None if no number does.

    That is so where annotators' shared shifts alone hide the difference: only more annotators help.

    Args:
        difference: The true mean difference, not 0.
        variance: Where the spread comes from.
        power: How often the difference is to be found, in (0, 1).
        overlap: How many annotators answer each task.
        annotators: How many annotators there are in all.
        confidence: 1 minus the level of the test.

    Raises:
        SettingsError: A number is out of range.

    >>> queries_needed(0.02, DifferenceVariance(query=0.2**2))
    787
    """
    if not 0 < power < 1:
        raise SettingsError(f"The power must be between 0 and 1, such as 0.8; it is {power!r}.")

    def enough(n: int) -> bool:
        found = power_of(
            difference, variance, n, overlap=overlap, annotators=annotators, confidence=confidence
        )
        return bool(found >= power)

    if not enough(MOST_QUERIES):
        return None
    low, high = 1, 2
    while not enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _check(difference: float, overlap: int, annotators: int, confidence: float) -> None:
    check_counts(overlap=overlap, annotators=annotators)
    check_positive(difference=abs(difference))
    if not 0 < confidence < 1:
        raise SettingsError(f"The confidence must be between 0 and 1, such as 0.95; it is {confidence!r}.")
    if annotators < max(overlap, 2):
        raise SettingsError(
            f"An overlap of {overlap} needs at least {max(overlap, 2)} annotators; there are {annotators}."
        )
