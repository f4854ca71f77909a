"""The pointwise measures there are, by name."""

from __future__ import annotations

from palate.core.registry import Registry
from palate.measures.pointwise.base import PointwiseMeasure

__all__ = ["pointwise_registry"]

pointwise_registry: Registry[PointwiseMeasure] = Registry(
    "pointwise measure", "palate.measures.pointwise", "palate.pointwise_measures"
)
