"""What every paired comparison of two systems takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from palate.core.errors import InputError, SettingsError
from palate.core.randomness import Seed

__all__ = ["Difference", "Estimand", "FloatArray", "Interval", "KeptDraws", "PairedTest", "check_values"]

FloatArray = npt.NDArray[np.float64]

Estimand = Literal["mean", "median", "pseudo-median"]

KeptDraws = dict[tuple[int, int, int], FloatArray]
"""What tests drew, to be read again at another confidence."""


@dataclass(frozen=True)
class Interval:
    """An estimate between two confidence bounds.

    Args:
        estimate: The value itself.
        low: Lower bound; minus infinity where the data allow none.
        high: Upper bound; likewise infinity.
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
    """How far system A lies above system B over the same queries.

    Args:
        interval: The method's ``estimand`` (mean, median or pseudo-median) of A minus B over queries, with
            its bounds.
        p_value: Probability of a difference at least this far from 0 if there were none; in (0, 1].
        n_queries: How many queries were compared.
        method: What computed it.
    """

    interval: Interval
    p_value: float
    n_queries: int
    method: PairedTest

    @property
    def tells_apart(self) -> bool:
        """Whether the two are told apart: 0 is outside the interval of a mean.

        Of rank tests the p-value decides: where differences are tied, as those of RR are, a bound that is a
        difference in order can be 0 itself.
        """
        if self.method.estimand == "mean":
            return 0.0 not in self.interval
        return self.p_value <= 1 - self.interval.confidence + 1e-12 and self.interval.estimate != 0

    def reversed(self) -> Difference:
        """Return how far B lies above A."""
        found = self.interval
        interval = Interval(0.0 - found.estimate, 0.0 - found.high, 0.0 - found.low, found.confidence)
        return Difference(interval, self.p_value, self.n_queries, self.method)


@dataclass(frozen=True)
class PairedTest(ABC):
    """Settings of one way to compare two systems on the same queries.

    Args:
        confidence: Of the interval, in (0, 1).

    Attributes:
        estimand: What of the differences the interval is about: their mean; or, where systems differ at all,
            their median, or their pseudo-median, which is the median of the means of all pairs of them.

    Raises:
        SettingsError: ``confidence`` is not between 0 and 1.
    """

    estimand: ClassVar[Estimand] = "mean"

    confidence: float = 0.95

    def __post_init__(self) -> None:
        if not 0 < self.confidence < 1:
            raise SettingsError(
                f"The confidence must be between 0 and 1, such as 0.95; it is {self.confidence!r}."
            )

    @abstractmethod
    def test(self, differences: FloatArray, seed: Seed) -> tuple[Interval, float]:
        """Return the interval around the estimand of ``differences`` and the p-value of its being 0.

        Args:
            differences: Finite, at least two, not all 0, shape (n_queries,).
            seed: For methods that resample.
        """

    def test_many(
        self,
        differences: Sequence[FloatArray],
        seed: Seed,
        kept: KeptDraws | None = None,  # noqa: ARG002 (for methods that resample)
    ) -> list[tuple[Interval, float]]:
        """Return what :meth:`test` does of each; methods that resample draw once for all of them.

        Args:
            differences: As :meth:`test` takes them.
            seed: For methods that resample.
            kept: Filled with what was drawn. Handed to another call with the same differences and seed, at another
                confidence, it is not drawn again.
        """
        return [self.test(row, seed) for row in differences]

    def compare(self, values_a: FloatArray, values_b: FloatArray, seed: Seed = 0) -> Difference:
        """Return the difference, A minus B.

        Args:
            values_a: One value a query, shape (n_queries,).
            values_b: The same queries in the same order.
            seed: For methods that resample.

        Raises:
            InputError: Fewer than two queries, lengths that differ, or values that are not finite.
        """
        return self.compare_many([(values_a, values_b)], seed)[0]

    def compare_many(
        self,
        pairs: Sequence[tuple[FloatArray, FloatArray]],
        seed: Seed = 0,
        kept: KeptDraws | None = None,
    ) -> list[Difference]:
        """Return what :meth:`compare` does of each pair, as fast as :meth:`test_many`."""
        rows = [_paired_differences(*pair) for pair in pairs]
        tested = iter(self.test_many([row for row in rows if row.any()], seed, kept))
        none = Interval(0.0, 0.0, 0.0, self.confidence), 1.0
        return [Difference(*(next(tested) if row.any() else none), len(row), self) for row in rows]


def _paired_differences(values_a: FloatArray, values_b: FloatArray) -> FloatArray:
    a, b = check_values(values_a, "system A"), check_values(values_b, "system B")
    if len(a) != len(b):
        raise InputError(
            f"A paired test needs the same queries for both systems: there are {len(a):,} values of system A"
            f" and {len(b):,} of system B."
        )
    return a - b


def check_values(values: FloatArray, of: str) -> FloatArray:
    """Return ``values`` as an array of floats that a mean and its interval can be taken of.

    Raises:
        InputError: They are no list of at least two finite numbers; ``of`` says whose they are.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise InputError(f"Expected one value a query of {of}; the values have the shape {array.shape}.")
    if len(array) < 2:
        raise InputError(f"An interval needs at least 2 queries; {of} has values for {len(array)}.")
    bad = np.flatnonzero(~np.isfinite(array))
    if len(bad):
        raise InputError(
            f"The values of {of} must be finite; value {bad[0] + 1} of {len(array):,} is {array[bad[0]]}."
        )
    return array
