"""The events that a quality rule can be about, by name."""

from __future__ import annotations

from palate.core.registry import Registry
from palate.quality.rules.base import QualityEvent

__all__ = ["quality_events"]

quality_events: Registry[QualityEvent] = Registry(
    "quality event", "palate.quality.rules", "palate.quality_events"
)
