"""Mean absolute error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.pointwise.base import FloatArray, PointwiseMeasure

__all__ = ["MAE"]


@dataclass(frozen=True)
class MAE(PointwiseMeasure):
    """Mean absolute difference: all errors weigh alike. In the unit of the numbers.

    >>> MAE().value([3.0, 5.0], [3.0, 1.0])
    2.0
    """

    name: ClassVar[str] = "MAE"

    def _value(self, predicted: FloatArray, actual: FloatArray) -> float:
        return float(np.mean(np.abs(predicted - actual)))
