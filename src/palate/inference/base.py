"""What every paired comparison of two systems takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.core.randomness import Seed

__all__ = ["Difference", "Interval", "PairedTest"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """An estimate between two confidence bounds.

    Args:
        estimate: The value itself.
        low: Lower bound.
        high: Upper bound.
        confidence: How often such intervals hold the truth, such as 0.95.
    """

    estimate: float
    low: float
    high: float
    confidence: float = 0.95

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Difference:
    """How far system A's mean lies above system B's over the same queries.

    Args:
        interval: Mean of A minus B over queries with its bounds.
        p_value: Probability of a difference at least this far from 0 if there were none; in (0, 1].
        n_queries: How many queries were compared.
        method: What computed it.
    """

    interval: Interval
    p_value: float
    n_queries: int
    method: PairedTest


@dataclass(frozen=True)
class PairedTest(ABC):
    """Settings of one way to compare two systems on the same queries.

    Args:
        confidence: Of the interval, in (0, 1).
    """

    confidence: float = 0.95

    @abstractmethod
    def compare(self, values_a: FloatArray, values_b: FloatArray, seed: Seed = 0) -> Difference:
        """Return the difference of means, A minus B.

        Args:
            values_a: One value a query, shape (n_queries,).
            values_b: The same queries in the same order.
            seed: For methods that resample.

        Raises:
            InputError: Fewer than two queries, lengths that differ, or values that are not finite.
        """
