"""How large a difference is beside how far queries vary, and on how many queries it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import exp, inf, isinf, lgamma, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np

from palate.inference._signed_ranks import snapped
from palate.inference.base import FloatArray, Interval, check_values

__all__ = ["Effects", "effects_of", "interval_from_dict", "interval_to_dict"]

_STEPS = 2000
"""At how many places the law of the spread is looked at."""


@dataclass(frozen=True)
class Effects:
    """Sizes of a difference that do not depend on the measure's scale. Their intervals stand each alone.

    Args:
        spread: Standard deviation of the differences over queries.
        cohen_d: Mean difference over ``spread`` (Cohen's d_z); None where all differences are the same, or
            there are fewer than 3.
        hedges_g: The same without its bias upward when queries are few (Hedges 1981); None likewise.
        won: Share of queries on which the first system is ahead, a tie counting half, with Wilson's interval.
        wins: Queries on which it is ahead.
        ties: Queries without a difference.
        losses: Queries on which it is behind.
    """

    spread: float
    cohen_d: Interval | None
    hedges_g: Interval | None
    won: Interval
    wins: int
    ties: int
    losses: int

    def reversed(self) -> Effects:
        """Return them as the other system sees them."""
        won = Interval(1 - self.won.estimate, 1 - self.won.high, 1 - self.won.low, self.won.confidence)
        return Effects(
            self.spread,
            _negative(self.cohen_d),
            _negative(self.hedges_g),
            won,
            self.losses,
            self.ties,
            self.wins,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return them as JSON can hold them."""
        return {
            "spread": self.spread,
            "cohen_d": interval_to_dict(self.cohen_d),
            "hedges_g": interval_to_dict(self.hedges_g),
            "won": interval_to_dict(self.won),
            "wins": self.wins,
            "ties": self.ties,
            "losses": self.losses,
        }

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Effects:
        """Return the effects that :meth:`to_dict` saved; a KeyError names what is missing."""
        return cls(
            saved["spread"],
            None if saved["cohen_d"] is None else interval_from_dict(saved["cohen_d"]),
            None if saved["hedges_g"] is None else interval_from_dict(saved["hedges_g"]),
            interval_from_dict(saved["won"]),
            saved["wins"],
            saved["ties"],
            saved["losses"],
        )


def effects_of(differences: FloatArray, confidence: float = 0.95) -> Effects:
    """Return the sizes of paired differences, A minus B.

    The interval of Cohen's d inverts the noncentral t distribution (Steiger and Fouladi 1997; exact where
    differences are normally distributed); that of Hedges' g is it times the same factor. Wilson's interval
    (JASA 1927) counts a tie as half a query won, which makes it wider than need be.

    Args:
        differences: One a query, shape (n_queries,).
        confidence: Of the intervals, in (0, 1).

    Raises:
        InputError: Fewer than two differences, or some that are not finite.

    >>> found = effects_of(np.array([0.1, 0.3, 0.2, 0.0, -0.1]))
    >>> f"{found.cohen_d.estimate:.3f} {found.hedges_g.estimate:.3f} {found.won.estimate:.1f}"
    '0.632 0.505 0.7'
    """
    checked = snapped(check_values(differences, "the differences"))
    wins, losses = int((checked > 0).sum()), int((checked < 0).sum())
    ties = len(checked) - wins - losses
    won = _wilson((wins + ties / 2) / len(checked), len(checked), confidence)
    spread = float(checked.std(ddof=1)) if np.ptp(checked) else 0.0
    if not spread or len(checked) < 3:
        return Effects(spread, None, None, won, wins, ties, losses)
    d = _cohen_d(float(checked.mean()) / spread, len(checked), confidence)
    factor = _unbiasing(len(checked) - 1)
    g = Interval(d.estimate * factor, d.low * factor, d.high * factor, confidence)
    return Effects(spread, d, g, won, wins, ties, losses)


def interval_to_dict(interval: Interval | None) -> dict[str, Any] | None:
    """Return an interval as JSON can hold it, an infinite bound as null."""
    if interval is None:
        return None
    return {name: None if isinf(bound) else bound for name, bound in asdict(interval).items()}


def interval_from_dict(saved: Mapping[str, Any]) -> Interval:
    """Return the interval that :func:`interval_to_dict` saved; a KeyError names what is missing."""
    return Interval(
        saved["estimate"],
        -inf if saved["low"] is None else saved["low"],
        inf if saved["high"] is None else saved["high"],
        saved["confidence"],
    )


def _cohen_d(d: float, n: int, confidence: float) -> Interval:
    t = abs(d) * sqrt(n)  # bounds of the size, then its sign: either way round the same bits
    low, high = _noncentralities(t, n - 1, confidence) / sqrt(n)
    low, high = float(low), float(high)
    return Interval(d, low, high, confidence) if d >= 0 else Interval(d, -high, -low, confidence)


def _noncentralities(t: float, freedom: int, confidence: float) -> FloatArray:
    """Return the shifts under which noncentral t lies as far to either side of ``t`` as the confidence allows.

    P(T >= t) is the mean of the normal probability of (shift - t s) over s, the sample's spread beside the
    true one, here at equal steps of its probability: right to some four digits, at a fixed price for every ``t``, where
    libraries' inverses of the distribution do not return for large ones.
    """
    from scipy.special import gammaincinv, ndtr

    steps = (np.arange(_STEPS) + 0.5) / _STEPS
    spreads = np.sqrt(2 * gammaincinv(freedom / 2, steps) / freedom)
    reach = 10 + t * (float(np.abs(spreads - 1).max()) + 0.01)
    wanted = np.array([1 - confidence, 1 + confidence]) / 2
    low, high = np.full(2, t - reach), np.full(2, t + reach)
    for _ in range(60):
        middle = (low + high) / 2
        below = ndtr(middle[:, np.newaxis] - t * spreads).mean(axis=1) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    found: FloatArray = (low + high) / 2
    return found


def _unbiasing(freedom: int) -> float:
    """Return the factor that takes the bias from Cohen's d. Hedges, 1981, eq. 6e (exact)."""
    return exp(lgamma(freedom / 2) - lgamma((freedom - 1) / 2)) / sqrt(freedom / 2)


def _wilson(share: float, n: int, confidence: float) -> Interval:
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Interval(share, max(0.0, middle - reach), min(1.0, middle + reach), confidence)


def _negative(interval: Interval | None) -> Interval | None:
    if interval is None:
        return None
    return Interval(-interval.estimate, -interval.high, -interval.low, interval.confidence)
