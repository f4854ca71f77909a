"""How far scores may be off: covariances of centred scores, and what they leave open about ranks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from palate.core.coding import IntArray
from palate.core.errors import SettingsError
from palate.core.linear_algebra import inverse

__all__ = [
    "MOST_FOR_INTERVALS",
    "Intervals",
    "Uncertainty",
    "centred",
    "check_intervals",
    "inverse",
    "rank_bounds",
]

FloatArray = npt.NDArray[np.float64]
Intervals = Literal["fisher", "sandwich", "clustered", "none"]

MOST_FOR_INTERVALS = 3_000
"""Intervals invert a dense matrix of this many rows: 72 MB, about a second."""


@dataclass(frozen=True)
class Uncertainty:
    """The covariance of what was estimated.

    Args:
        covariance: float64, shape (n_ids, n_ids): of the centred scores; meaningful within a group only.
        extra_errors: float64, shape (n_extra,): standard errors of the other parameters.
        degrees: Degrees of freedom of the t distribution that bounds are taken from; infinite for the normal.
    """

    covariance: FloatArray
    extra_errors: FloatArray
    degrees: float

    @property
    def errors(self) -> FloatArray:
        """The standard error of each centred score: float64, shape (n_ids,)."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))

    def quantile(self, tail: FloatArray | float) -> FloatArray:
        """Return by how many standard errors a bound is off that leaves ``tail`` outside on its side."""
        from scipy.special import ndtri, stdtrit

        found = -ndtri(tail) if np.isinf(self.degrees) else -stdtrit(self.degrees, tail)
        return np.asarray(found, dtype=np.float64)


def rank_bounds(scores: FloatArray, found: Uncertainty, components: IntArray) -> tuple[IntArray, IntArray]:
    """Return the best and the worst rank that each thing may have within its group, with 95% confidence each.

    A thing may be no better than below all that are better by more than chance explains, and so on. The tests of
    one thing against the m others of its group each have the level 0.05 / m, so that with 95% confidence none errs
    (Mogstad, Romano, Shaikh and Wilhelm, 2024, with Bonferroni's bound).
    """
    low, high = np.empty(len(scores), dtype=np.int32), np.empty(len(scores), dtype=np.int32)
    order = np.argsort(components, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(components[order])) + 1):
        inside = found.covariance[np.ix_(group, group)]
        variance = np.diag(inside)
        error = np.sqrt(np.maximum(variance[:, None] + variance - 2 * inside, 0.0))
        critical = found.quantile(0.025 / max(len(group) - 1, 1))
        ahead = scores[group][:, None] - scores[group] > critical * error
        np.fill_diagonal(ahead, val=False)
        low[group] = 1 + ahead.sum(axis=0)
        high[group] = len(group) - ahead.sum(axis=1)
    return low, high


def covariance_of(information: FloatArray) -> FloatArray:
    """Return the inverse of an information matrix, also of one whose digits no longer tell that it is definite."""
    try:
        return inverse(information)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.inv(information), dtype=np.float64)


def centred(covariance: FloatArray, member: FloatArray, group: IntArray) -> FloatArray:
    """Return the covariance of scores relative to the mean of their group."""
    share = member / member.sum(axis=0)
    covariance = covariance - (share.T @ covariance)[group]
    found: FloatArray = covariance - (covariance @ share)[:, group]
    return found


def check_intervals(intervals: Intervals) -> None:
    """Refuse what is no kind of interval.

    Raises:
        SettingsError: It is none of the choices.
    """
    if intervals not in get_args(Intervals):
        raise SettingsError(f"'intervals' must be fisher, sandwich, clustered or none; it is {intervals!r}.")
