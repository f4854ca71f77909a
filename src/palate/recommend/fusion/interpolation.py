"""Add up scores with a weight a system."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from palate.core.errors import SettingsError
from palate.recommend.fusion._normalized import Normalization, check_normalization, normalized_scores
from palate.recommend.fusion.base import CodedRuns, FloatArray, Fusion

__all__ = ["Interpolation"]


@dataclass(frozen=True)
class Interpolation(Fusion):
    """Weighted mean over systems of an item's score on one scale.

    :func:`palate.evaluation.tune_interpolation` finds weights by judgments.

    Args:
        weights: One a system, in the order in which the systems came, from 0 and not all 0; only their ratios matter.
            All equal by default, which orders as :class:`CombSUM` does.
        normalization: As of :class:`CombSUM`.

    Raises:
        SettingsError: A weight is below 0 or not finite, all are 0, or there is no such normalization.
    """

    needs_scores: ClassVar[bool] = True

    weights: tuple[float, ...] = ()
    normalization: Normalization = "min_max"

    def __post_init__(self) -> None:
        check_normalization(self.normalization)
        if not isinstance(self.weights, (list, tuple)) or not all(
            isinstance(weight, (int, float)) and 0 <= weight < math.inf for weight in self.weights
        ):
            raise SettingsError(f"'weights' must be numbers from 0, one a system; they are {self.weights!r}.")
        if self.weights and not any(self.weights):
            raise SettingsError("'weights' are all 0; give one system at least a weight above 0.")
        object.__setattr__(self, "weights", tuple(self.weights))  # a list where it came from JSON

    def fuse(self, runs: CodedRuns) -> FloatArray:
        """Add up the weighted scores."""
        weights = self.weights or (1.0,) * len(runs.systems)
        if len(weights) != len(runs.systems):
            listed = ", ".join(f"'{name}'" for name in runs.systems)
            raise SettingsError(
                f"'weights' must be one a system; there are {len(weights)} for {len(runs.systems)} systems: {listed}."
            )
        total = math.fsum(weights)
        scores = normalized_scores(runs, self.normalization)
        fused: FloatArray = sum(
            (weight / total * row for weight, row in zip(weights, scores, strict=True)), start=0.0 * scores[0]
        )
        return fused
