"""Intervals around estimates from independent units: at a size fixed before, or at any time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, inf, log, sqrt

import numpy as np

from palate.core.coding import IntArray
from palate.core.errors import SettingsError
from palate.inference.base import FloatArray, Interval

__all__ = ["Estimate", "check_confidence", "clustered_error", "log_scale", "share_interval"]

_SMALLEST = float(np.finfo(np.float64).tiny)
"""A p-value is small, never 0."""
_LEAST = -2 * log(0.05)


@dataclass(frozen=True)
class Estimate:
    """An estimate with its standard error.

    The interval of an experiment that is looked at whenever one likes is the asymptotic confidence sequence of
    Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, Annals of Statistics, 2024, theorem 2.2, of the units'
    influence on the estimate, whose variance is n times the squared standard error.

    Args:
        value: The estimate.
        error: Its standard error; 0 where the data do not vary.
        degrees: Degrees of freedom of the error: independent units less what was estimated.
        units: How many independent units it rests on.
    """

    value: float
    error: float
    degrees: float
    units: int

    def interval(self, confidence: float = 0.95, planned: int | None = None) -> Interval:
        """Return the estimate with its bounds.

        Args:
            confidence: In (0, 1).
            planned: None for Student's interval, valid at one look. A number of units, chosen before the first
                look, makes the interval valid at all looks, and narrowest about there.
        """
        if planned is None:
            reach = _student(self.degrees, confidence) * self.error
        else:
            reach = _any_time_factor(self.units, confidence, planned) * self.error
        return Interval(self.value, self.value - reach, self.value + reach, confidence)

    def p_value(self, planned: int | None = None) -> float:
        """Return the two-sided p-value of the true value being 0: 1 - the confidence at which 0 is a bound."""
        if self.error == 0:
            return 1.0 if self.value == 0 else _SMALLEST
        score = abs(self.value) / self.error
        if planned is None:
            from scipy.special import stdtr

            return max(2 * float(stdtr(self.degrees, -score)), _SMALLEST)
        spread = self.units * _mixing(planned)
        logarithm = 0.5 * log(spread + 1) - score**2 * spread / (2 * (spread + 1))
        return min(1.0, max(exp(logarithm), _SMALLEST))

    def detectable(self, power: float = 0.8, confidence: float = 0.95, planned: int | None = None) -> float:
        """Return the difference that an experiment like this finds with probability ``power``, by the normal law."""
        from scipy.special import ndtri

        reach = self.interval(confidence, planned)
        return (reach.high - reach.low) / 2 + float(ndtri(power)) * self.error


def clustered_error(influence: FloatArray, clusters: IntArray | None = None) -> tuple[float, int]:
    """Return the standard error of a mean, and how many independent units it rests on.

    Liang and Zeger, Biometrika, 1986: rows of a unit are added up first; with the factor G / (G - 1) for G units.

    Args:
        influence: How far each row lies from the estimate, shape (n,); the sum is 0.
        clusters: The unit of every row as a code; every row its own by default.
    """
    sums = influence if clusters is None else np.bincount(clusters, weights=influence)
    n, units = len(influence), len(sums)
    return sqrt(units / (units - 1) * float(np.square(sums).sum())) / n, units


def log_scale(
    ratio: float, on_log: Estimate, confidence: float = 0.95, planned: int | None = None
) -> Interval:
    """Return a ratio less 1 with bounds that are symmetric on the logarithm's scale.

    Args:
        ratio: Above 0.
        on_log: Its logarithm, of which only the error is looked at.
        confidence: In (0, 1).
        planned: As in :meth:`Estimate.interval`.
    """
    found = replace(on_log, value=log(ratio)).interval(confidence, planned)
    low, high = (exp(bound) - 1 if bound < 700 else inf for bound in (found.low, found.high))
    return Interval(ratio - 1, low, high, confidence)


def share_interval(successes: float, n: int, confidence: float = 0.95) -> Interval:
    """Return a share with Wilson's interval. Wilson, JASA, 1927."""
    from scipy.special import ndtri

    z = float(ndtri((1 + confidence) / 2))
    share = successes / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return Interval(share, max(0.0, middle - reach), min(1.0, middle + reach), confidence)


def check_confidence(confidence: float, planned: int | None = None) -> None:
    """Refuse a confidence or a planned number of units from which no interval can be read.

    Raises:
        SettingsError: ``confidence`` is not in (0, 1), or ``planned`` is below 1.
    """
    if not 0 < confidence < 1:
        raise SettingsError(f"The confidence must be between 0 and 1, such as 0.95; it is {confidence!r}.")
    if planned is not None and planned < 1:
        raise SettingsError(f"The planned number of units must be at least 1; it is {planned!r}.")


def _student(degrees: float, confidence: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + confidence) / 2))


def _any_time_factor(units: int, confidence: float, planned: int) -> float:
    spread = units * _mixing(planned)
    return sqrt(2 * (spread + 1) / spread * log(sqrt(spread + 1) / (1 - confidence)))


def _mixing(planned: int) -> float:
    """Return the mixture's variance with which the interval of 95% is narrowest at ``planned`` units."""
    at = _LEAST + 1
    for _ in range(50):  # where the derivative of the interval's width is 0: at = log(1 + at) + _LEAST
        at = log(1 + at) + _LEAST
    return at / planned
