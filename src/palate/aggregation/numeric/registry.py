"""The aggregators of numbers there are, by name."""

from __future__ import annotations

from palate.aggregation.numeric.base import NumericAggregator
from palate.core.registry import Registry

__all__ = ["numeric_aggregators"]

numeric_aggregators: Registry[NumericAggregator] = Registry(
    "numeric aggregator", "palate.aggregation.numeric", "palate.numeric_aggregators"
)
