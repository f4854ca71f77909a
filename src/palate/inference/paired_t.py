"""Student's t-test on the differences of paired values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.core.randomness import Seed
from palate.inference.base import FloatArray, Interval, PairedTest

__all__ = ["PairedT"]


@dataclass(frozen=True)
class PairedT(PairedTest):
    """Student's interval and two-sided p-value of the mean difference. Student, Biometrika, 1908.

    Exact where differences are normally distributed, close with some dozens of queries. Needs no random
    numbers. Where all differences are the same number, the interval is that number.

    Args:
        confidence: Of the interval, in (0, 1).

    >>> import numpy as np
    >>> found = PairedT().compare(np.array([0.9, 0.7, 0.8]), np.array([0.5, 0.5, 0.5]))
    >>> f"{found.interval.estimate:.2f} from {found.interval.low:.2f} to {found.interval.high:.2f}"
    '0.30 from 0.05 to 0.55'
    """

    def test(self, differences: FloatArray, seed: Seed) -> tuple[Interval, float]:  # noqa: ARG002 (draws nothing)
        """Return Student's interval and the p-value of the mean difference."""
        from scipy.special import stdtr, stdtrit

        n = len(differences)
        mean = float(differences.mean())
        error = float(differences.std(ddof=1)) / n**0.5
        reach = float(stdtrit(n - 1, (1 + self.confidence) / 2)) * error
        p_value = 2 * float(stdtr(n - 1, -abs(mean) / error)) if error > 0 else 0.0
        smallest = float(np.finfo(np.float64).tiny)  # a p-value is small, never 0
        return Interval(mean, mean - reach, mean + reach, self.confidence), max(p_value, smallest)
