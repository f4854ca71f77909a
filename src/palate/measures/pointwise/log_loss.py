"""Log loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from palate.core.errors import InputError
from palate.measures.pointwise.base import FloatArray, PointwiseMeasure

__all__ = ["LogLoss"]


@dataclass(frozen=True)
class LogLoss(PointwiseMeasure):
    """Mean of minus the natural logarithm of the probability that was given to what came, in nats. Good, 1952.

    Args:
        clip: Probabilities are taken to be at least this far from 0 and 1, so that one wrong certainty does not
            make the loss endless.

    >>> LogLoss().value([0.5, 0.9], [0, 1])
    0.399...
    """

    name: ClassVar[str] = "LogLoss"
    numbers: ClassVar[dict[str, tuple[float, float]]] = {"clip": (1e-300, 0.5)}

    clip: float = 1e-15

    def _value(self, predicted: FloatArray, actual: FloatArray) -> float:
        self._refuse((predicted < 0) | (predicted > 1), predicted, "predicted", "a probability from 0 to 1")
        self._refuse((actual != 0) & (actual != 1), actual, "actual", "0 or 1")
        given = np.where(actual == 1, predicted, 1.0 - predicted)
        return float(-np.mean(np.log(np.clip(given, self.clip, 1.0 - self.clip))))

    def _refuse(self, bad: npt.NDArray[np.bool_], values: FloatArray, where: str, wanted: str) -> None:
        rows = np.flatnonzero(bad)
        if len(rows):
            raise InputError(
                f"{self.name} needs {wanted}; the value is {values[rows[0]]:g}.",
                where=where,
                row=int(rows[0]) + 1,
            )
