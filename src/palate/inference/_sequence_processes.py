"""What confidence sequences keep of the values so far, and how far each further value moves their bounds.

``advance`` takes values in the order in which they came and returns, after each of them, bounds that hold the
mean and the logarithm of the e-value against ``null``: what a bet against that mean would have made of 1.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from math import log
from typing import Any

import numpy as np

from palate.inference.base import FloatArray

__all__ = ["Asymptotic", "Betting", "EmpiricalBernstein", "Process", "Steps"]

Steps = tuple[FloatArray, FloatArray, FloatArray]
"""Lower bound, upper bound and logarithm of the e-value after each value."""

_LARGEST_BET = 0.75
"""The c of Waudby-Smith and Ramdas (2024), who recommend 1/2 or 3/4: the share of what is left that one value may cost."""
_SMALLEST_MEAN = 0.01
"""Bets on values above ``m`` are at most c/m; below this m they grow no further, so that products stay finite."""
_HORIZONS = (50, 200, 800, 3200, 12800)
"""After how many values each share of the capital bets as if it ended there. What follows is the share that never ends."""
_WEIGHTS = np.array([0.2, 0.2, 0.2, 0.2, 0.1, 0.1])
_BLOCK = 64
"""Values multiplied before a logarithm is taken: products of so many factors of 1/4 or more do not vanish."""
_HALF_GRID = 300
_GRID_BEND = 5.0
"""How much finer the grid is near ``null``: where values are in [-1, 1], points lie 0.0002 apart there, and else 1.7% of
their distance from it."""


class Process(ABC):
    """What is kept of the values so far."""

    @abstractmethod
    def advance(self, values: FloatArray) -> Steps:
        """Take further values into account."""

    @abstractmethod
    def saved(self) -> dict[str, Any]:
        """Return what is kept, as JSON can hold it."""

    @abstractmethod
    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take the place of the process that :meth:`saved` it."""


class _Guesses:
    """Mean and variance of values in [0, 1] as guessed before each of them came.

    Waudby-Smith and Ramdas (2024, eq. 15): both start from one value of 1/2 and one squared deviation of 1/4
    that nobody gave.
    """

    def __init__(self) -> None:
        self.n, self.total, self.squares = 0, 0.0, 0.0

    def next(self, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return which value each one is, from 1, and the mean and variance guessed before it came."""
        t = self.n + np.arange(1.0, len(x) + 1)
        totals = self.total + np.cumsum(x)
        means = (0.5 + totals) / (t + 1)
        squares = self.squares + np.cumsum((x - means) ** 2)
        variance = (0.25 + np.concatenate([[self.squares], squares[:-1]])) / t
        mean = np.concatenate([[(0.5 + self.total) / (self.n + 1)], means[:-1]])
        self.n, self.total, self.squares = int(t[-1]), float(totals[-1]), float(squares[-1])
        return t, mean, variance

    def saved(self) -> dict[str, Any]:
        """Return what is kept."""
        return {"n": self.n, "total": self.total, "squares": self.squares}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take the place of what was saved."""
        self.n, self.total, self.squares = int(saved["n"]), float(saved["total"]), float(saved["squares"])


class Betting(Process):
    """Capital of bets on a mean above and below ``m``, for each ``m`` of a grid.

    The hedged capital process of Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting,
    JRSS-B, 2024, theorem 3, with θ = 1/2. Where they bet ``sqrt(2 log(2/α) / (s² t log(t+1)))`` on value t, a
    tenth of our capital does; the rest is split over bets ``sqrt(2 log(2/α) / (s² h))``, theirs for an end after
    h values. A mixture of such capitals is one, too, so nothing is lost but the logarithm of a weight, and small
    differences are found with about half the values (bench/stopping.py).

    The capital that bets on more falls as ``m`` grows, the other one rises: the last grid points excluded from
    below and above bound the mean, and what lies beyond them is excluded, too. The grid therefore never makes the
    interval too short.
    """

    def __init__(
        self, alpha: float, low: float, high: float, null: float, grid: FloatArray | None = None
    ) -> None:
        self.low, self.scale, self.needed = low, high - low, log(2 / alpha)
        self.grid = _grid(low, high, null) if grid is None else grid
        self._null = int(np.searchsorted(self.grid, null))
        self._guesses = _Guesses()
        m = (self.grid - low) / self.scale
        self._m = m
        self._most = [_LARGEST_BET / np.maximum(mean, _SMALLEST_MEAN) for mean in (m, 1 - m)]
        self._capital = np.zeros((2, len(_WEIGHTS), len(m)))  # logarithms

    def advance(self, values: FloatArray) -> Steps:
        """Take further values into account."""
        steps = [self._block(values[at : at + _BLOCK]) for at in range(0, len(values), _BLOCK)]
        low, high, evidence = (np.concatenate(part) for part in zip(*steps, strict=True))
        return low, high, evidence

    def _block(self, values: FloatArray) -> Steps:
        x = (values - self.low) / self.scale
        t, _, variance = self._guesses.next(x)
        ends = np.stack([*(np.full_like(t, horizon) for horizon in _HORIZONS), t * np.log1p(t)])
        bets = np.sqrt(2 * self.needed / (variance * ends))
        away = x[:, None] - self._m
        more, less = self._capitals(0, bets, away), self._capitals(1, bets, -away)
        evidence = np.maximum(more[:, self._null], less[:, self._null]) - log(2)
        below, above = (more >= self.needed).sum(axis=1), (less >= self.needed).sum(axis=1)
        grid, end = self.grid, len(self.grid)
        # An excluded point is itself no longer held: the bound is the next number after it.
        low = np.where(below > 0, np.nextafter(grid[np.maximum(below - 1, 0)], np.inf), grid[0])
        high = np.where(above > 0, np.nextafter(grid[np.minimum(end - above, end - 1)], -np.inf), grid[-1])
        return low, high, evidence

    def _capitals(self, side: int, bets: FloatArray, gains: FloatArray) -> FloatArray:
        """Return the logarithm of the capital on one side after each value, shape (n_values, n_grid)."""
        before, most = self._capital[side], self._most[side]
        best = before.max(axis=0)
        mixed = np.zeros_like(gains)
        for share, (weight, bet) in enumerate(zip(_WEIGHTS, bets, strict=True)):
            grown = np.cumprod(1 + np.minimum(bet[:, None], most) * gains, axis=0)
            mixed += weight * np.exp(before[share] - best) * grown
            before[share] += np.log(grown[-1])
        capital: FloatArray = best + np.log(mixed)
        return capital

    def saved(self) -> dict[str, Any]:
        """Return what is kept."""
        return {**self._guesses.saved(), "capital": self._capital.tolist()}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take the place of the process that was saved."""
        self._guesses.restore(saved)
        self._capital = np.array(saved["capital"], dtype=np.float64).reshape(self._capital.shape)


class EmpiricalBernstein(Process):
    """The predictable plug-in empirical Bernstein sequence. Waudby-Smith and Ramdas, JRSS-B, 2024, theorem 2.

    In closed form and faster than :class:`Betting`, and wider.
    """

    def __init__(self, alpha: float, low: float, high: float, null: float) -> None:
        self.low, self.scale, self.needed = low, high - low, log(2 / alpha)
        self._null = (null - low) / self.scale
        self._guesses = _Guesses()
        self._sums = np.zeros(3)

    def advance(self, values: FloatArray) -> Steps:
        """Take further values into account."""
        x = (values - self.low) / self.scale
        t, expected, variance = self._guesses.next(x)
        bets = np.minimum(np.sqrt(2 * self.needed / (variance * t * np.log1p(t))), 0.5)
        cost = (x - expected) ** 2 * (-np.log1p(-bets) - bets)
        weight, weighted, paid = self._sums[:, None] + np.cumsum([bets, bets * x, cost], axis=1)
        self._sums = np.array([weight[-1], weighted[-1], paid[-1]])
        reach = (self.needed + paid) / weight
        centre = weighted / weight
        evidence = np.abs(weighted - weight * self._null) - paid - log(2)
        low, high = np.maximum(centre - reach, 0), np.minimum(centre + reach, 1)
        return self.low + self.scale * low, self.low + self.scale * high, evidence

    def saved(self) -> dict[str, Any]:
        """Return what is kept."""
        return {**self._guesses.saved(), "sums": self._sums.tolist()}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take the place of the process that was saved."""
        self._guesses.restore(saved)
        self._sums = np.array(saved["sums"], dtype=np.float64)


class Asymptotic(Process):
    """Robbins' normal mixture with the standard deviation of the values so far, for values without bounds.

    Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, Time-uniform central limit theory and asymptotic confidence
    sequences, Annals of Statistics, 2024, theorem 2.2. Its error rate is that promised as ``warm_up`` grows: there
    are no bounds before that many values, nor while all of them are the same.
    """

    def __init__(self, alpha: float, null: float, warm_up: int, tuned_for: int) -> None:
        self.alpha, self.null, self.warm_up = alpha, null, warm_up
        self.mixing = _tightest_at(alpha) / tuned_for
        self._n, self._origin, self._sums = 0, 0.0, np.zeros(2)

    def advance(self, values: FloatArray) -> Steps:
        """Take further values into account."""
        if not self._n:
            self._origin = float(values[0])  # sums of squares lose digits where values lie far from 0
        x = values - self._origin
        n = self._n + np.arange(1.0, len(x) + 1)
        total, squares = self._sums[:, None] + np.cumsum([x, x * x], axis=1)
        self._n, self._sums = int(n[-1]), np.array([total[-1], squares[-1]])
        mean = total / n
        spread = np.sqrt(np.maximum(squares / n - mean**2, 0.0))
        known = (n >= self.warm_up) & (spread > 1e-12 * np.sqrt(squares / n))
        inflated = n * self.mixing + 1
        reach = spread * np.sqrt(
            2 * inflated / (n * n * self.mixing) * np.log(np.sqrt(inflated) / self.alpha)
        )
        reach = np.where(known, reach, np.inf)
        away = n * (mean + self._origin - self.null) / np.where(known, spread, 1)
        evidence = self.mixing * away**2 / (2 * inflated) - np.log(inflated) / 2
        centre = mean + self._origin
        return centre - reach, centre + reach, np.where(known, evidence, -np.inf)

    def saved(self) -> dict[str, Any]:
        """Return what is kept."""
        return {"n": self._n, "origin": self._origin, "sums": self._sums.tolist()}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take the place of the process that was saved."""
        self._n, self._origin = int(saved["n"]), float(saved["origin"])
        self._sums = np.array(saved["sums"], dtype=np.float64)


def _grid(low: float, high: float, null: float) -> FloatArray:
    """Return points from ``low`` to ``high`` with ``null`` among them, closest to each other beside it."""
    bent = np.sinh(_GRID_BEND * np.linspace(0, 1, _HALF_GRID + 1)) / np.sinh(_GRID_BEND)
    below, above = null - (null - low) * bent[::-1], null + (high - null) * bent
    below[0], above[-1] = low, high  # despite rounding
    return np.unique(np.concatenate([below, above]))


def _tightest_at(alpha: float) -> float:
    """Return ``t ρ²`` that makes the bound tightest after t values: the u with ``u = log(1 + u) - 2 log(α)``."""
    u = 1 - 2 * log(alpha)
    for _ in range(100):
        u = log(1 + u) - 2 * log(alpha)
    return u
