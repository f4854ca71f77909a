"""Root mean squared error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.pointwise.base import FloatArray, PointwiseMeasure

__all__ = ["RMSE"]


@dataclass(frozen=True)
class RMSE(PointwiseMeasure):
    """Root of the mean squared difference: large errors weigh most. In the unit of the numbers.

    >>> RMSE().value([3.0, 5.0], [3.0, 1.0])
    2.828...
    """

    name: ClassVar[str] = "RMSE"

    def _value(self, predicted: FloatArray, actual: FloatArray) -> float:
        return float(np.sqrt(np.mean((predicted - actual) ** 2)))
