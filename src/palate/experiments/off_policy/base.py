"""What every off-policy estimator takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.core.coding import IntArray
from palate.core.settings import check_positive
from palate.inference.base import FloatArray

__all__ = ["Logged", "OffPolicyEstimator"]


@dataclass(frozen=True)
class Logged:
    """A log as arrays, all of shape (n_rows,).

    Args:
        weights: How much likelier the target policy was to show the item than the logging one was.
        rewards: What came of showing it.
        users: The user of each row as a code; None where rows are independent.
        predicted: What a model that has not seen the row expects of the item shown; None without a model.
        expected: What it expects of an item drawn by the target policy; None without a model.
    """

    weights: FloatArray
    rewards: FloatArray
    users: IntArray | None = None
    predicted: FloatArray | None = None
    expected: FloatArray | None = None


@dataclass(frozen=True)
class OffPolicyEstimator(ABC):
    """Settings of one way to estimate the mean reward that a policy would get.

    Args:
        clip: Weights above this count as this, which trades bias for variance; not at all by default.
    """

    clip: float | None = None
    needs_model: ClassVar[bool] = False
    """Whether it needs ``predicted`` and ``expected``."""

    def __post_init__(self) -> None:
        if self.clip is not None:
            check_positive(clip=self.clip)

    @abstractmethod
    def influence(self, logged: Logged) -> tuple[float, FloatArray]:
        """Return the value and how far each row pulls it: numbers that sum to 0, of shape (n_rows,)."""

    def clipped(self, logged: Logged) -> FloatArray:
        """Return the weights with none above ``clip``."""
        return logged.weights if self.clip is None else np.minimum(logged.weights, self.clip)
