"""What every measure of predicted numbers is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.core.errors import InputError
from palate.measures._printed import Printed

__all__ = ["FloatArray", "PointwiseMeasure"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PointwiseMeasure(Printed, ABC):
    """How far predictions are from what came, such as ``RMSE``; lower is better."""

    def value(self, predicted: npt.ArrayLike, actual: npt.ArrayLike) -> float:
        """Return the mean loss.

        Args:
            predicted: Numbers, shape (n,).
            actual: What came, shape (n,).

        Raises:
            InputError: Lengths differ, there is no number, or one is missing or not what the measure takes.
        """
        one, other = _numbers(predicted, "predicted"), _numbers(actual, "actual")
        if len(one) != len(other):
            raise InputError(
                f"There are {len(one):,} predictions for {len(other):,} numbers. Give one prediction each.",
                where="predicted",
            )
        return self._value(one, other)

    @abstractmethod
    def _value(self, predicted: FloatArray, actual: FloatArray) -> float:
        """Return the mean loss of numbers that were checked."""


def _numbers(values: npt.ArrayLike, where: str) -> FloatArray:
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"The values must be numbers: {error}.", where=where) from error
    if numbers.ndim != 1 or not len(numbers):
        raise InputError(
            f"The values must be a list of at least one number; the shape is {numbers.shape}.", where=where
        )
    bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        raise InputError(
            f"The value is {numbers[bad[0]]}. Leave out what is not known, on both sides.",
            where=where,
            row=int(bad[0]) + 1,
        )
    return numbers
