"""The label aggregators there are, by name."""

from __future__ import annotations

from palate.aggregation.labels.base import LabelAggregator
from palate.core.registry import Registry

__all__ = ["label_aggregators"]

label_aggregators: Registry[LabelAggregator] = Registry(
    "label aggregator", "palate.aggregation.labels", "palate.aggregators"
)
