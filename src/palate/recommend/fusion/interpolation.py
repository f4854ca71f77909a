"""Add up scores with a weight a system."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from palate.core.errors import SettingsError
from palate.recommend.fusion._normalized import Normalization, check_normalization, normalized_scores
from palate.recommend.fusion.base import CodedRuns, FloatArray, Fusion

__all__ = ["Interpolation"]


@dataclass(frozen=True)
class Interpolation(Fusion):
    """Weighted mean over systems of an item's score on one scale.

    :func:`palate.evaluation.tune_interpolation` finds weights by judgments.

    Args:
        weights: By the name of each system, from 0 and not all 0; only their ratios matter. All equal by default, which
            orders as :class:`CombSUM` does.
        normalization: As of :class:`CombSUM`.

    Raises:
        SettingsError: A weight is below 0 or not finite, all are 0, or there is no such normalization.
    """

    needs_scores: ClassVar[bool] = True

    weights: Mapping[str, float] = field(default_factory=dict, hash=False)
    normalization: Normalization = "min_max"

    def __post_init__(self) -> None:
        check_normalization(self.normalization)
        if not isinstance(self.weights, Mapping):
            raise SettingsError(
                f'\'weights\' must give each system\'s name a number, such as {{"als": 0.7, "content": 0.3}}; it is'
                f" {self.weights!r}."
            )
        for name, weight in self.weights.items():
            if not _is_weight(weight):
                raise SettingsError(f"The weight of '{name}' must be a number from 0; it is {weight!r}.")
        if self.weights and not any(self.weights.values()):
            raise SettingsError("All weights are 0; give one system at least a weight above 0.")

    def fuse(self, runs: CodedRuns) -> FloatArray:
        """Add up the weighted scores."""
        scores = normalized_scores(runs, self.normalization)
        weights = self._of_systems(runs.systems)
        total = math.fsum(weights)
        fused: FloatArray = 0.0 * scores[0]
        for weight, row in zip(weights, scores, strict=True):
            fused = fused + weight / total * row
        return fused

    def _of_systems(self, systems: tuple[str, ...]) -> list[float]:
        if not self.weights:
            return [1.0] * len(systems)
        named = {str(name): float(weight) for name, weight in self.weights.items()}
        if set(named) != set(systems):
            raise SettingsError(
                f"There must be one weight a system; the weights are of {_listed(named)}, the systems are"
                f" {_listed(systems)}."
            )
        return [named[name] for name in systems]


def _is_weight(weight: Any) -> bool:
    return isinstance(weight, (int, float)) and not isinstance(weight, bool) and 0 <= weight < math.inf


def _listed(names: Any) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names))
