"""The aggregators of texts there are, by name."""

from __future__ import annotations

from palate.aggregation.texts.base import TextAggregator
from palate.core.registry import Registry

__all__ = ["text_aggregators"]

text_aggregators: Registry[TextAggregator] = Registry(
    "text aggregator", "palate.aggregation.texts", "palate.text_aggregators"
)
