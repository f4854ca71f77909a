"""The sign test: on how many queries a system is ahead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.core.randomness import Seed
from palate.inference._signed_ranks import snapped
from palate.inference.base import Estimand, FloatArray, Interval, PairedTest

__all__ = ["Sign"]


@dataclass(frozen=True)
class Sign(PairedTest):
    """Exact binomial test of the queries won against those lost, and the interval of the median difference.

    Arbuthnot, 1710; Dixon and Mood, JASA 1946. Queries without a difference are neither won nor lost and do
    not count. It supposes nothing about how differences are spread, and sees least.

    The interval is about the median of the differences that are not 0, and its bounds are such differences in
    order (Thompson, Annals of Mathematical Statistics, 1936): it leaves 0 out exactly where the p-value is at
    most 1 - confidence. Below 6 queries that differ no signs are rare enough for 95%, and the bounds are
    infinite.

    Args:
        confidence: Of the interval, in (0, 1).

    >>> import numpy as np
    >>> Sign().compare(np.array([0.9, 0.7, 0.8]), np.array([0.5, 0.5, 0.5])).p_value
    0.25
    """

    estimand: ClassVar[Estimand] = "median"

    def test(self, differences: FloatArray, seed: Seed) -> tuple[Interval, float]:  # noqa: ARG002 (draws nothing)
        """Return the interval of the median where systems differ, and the p-value."""
        from scipy.special import bdtr

        moved = snapped(differences)
        ordered = np.sort(moved[moved != 0])
        n = len(ordered)
        beyond = bdtr(np.arange(n // 2), n, 0.5)  # P(as few or fewer)
        place = int(np.searchsorted(beyond, (1 - self.confidence) / 2 * (1 + 1e-12), side="right"))
        low = float(ordered[place - 1]) if place else -np.inf
        high = float(ordered[n - place]) if place else np.inf
        won = int((ordered > 0).sum())
        p_value = 2 * float(bdtr(min(won, n - won), n, 0.5))
        smallest = float(np.finfo(np.float64).tiny)  # a p-value is small, never 0
        interval = Interval(float(np.median(ordered)), low, high, self.confidence)
        return interval, min(1.0, max(p_value, smallest))
