"""Show categories as often as they are in the user's past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.core.errors import InputError, SettingsError
from palate.recommend.diversify.base import Candidates, Diversifier, FloatArray, IndexArray

__all__ = ["Calibrated"]


@dataclass(frozen=True)
class Calibrated(Diversifier):
    """Calibrated recommendations. Steck, RecSys 2018.

    Picks the items I with the highest (1 − diversity) · Σ relevance − diversity · KL(p, q̃), where p are the shares of
    categories in the user's past, q those in I, and q̃ = (1 − mixed) · q + mixed · p keeps the divergence finite. Items
    without category count in the relevance and not in q.

    Args:
        diversity: As of :class:`Diversifier`; the paper's λ.
        mixed: How much of p is mixed into q, in (0, 1); 0.01 in the paper.

    Raises:
        SettingsError: A setting is out of range.
    """

    needs_categories: ClassVar[bool] = True
    needs_target: ClassVar[bool] = True

    mixed: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.mixed < 1:
            raise SettingsError(f"'mixed' must be between 0 and 1; it is {self.mixed}.")

    def gains(self, candidates: Candidates, chosen: IndexArray) -> FloatArray:
        """Return the objective with each candidate added; what was relevant before is the same for all."""
        target = candidates.target
        if target is None:
            raise InputError("Calibration needs to know which categories the user is after.", where="past")
        sums = candidates.vectors + candidates.vectors[chosen].sum(axis=0)
        size = sums.sum(axis=1, keepdims=True)
        shown = np.divide(sums, size, out=np.zeros_like(sums), where=size > 0)
        wanted = target > 0
        mixture = (1 - self.mixed) * shown[:, wanted] + self.mixed * target[wanted]
        divergence: FloatArray = np.log(target[wanted] / mixture) @ target[wanted]
        return (1 - self.diversity) * candidates.relevance - self.diversity * divergence
