"""The aggregators of masks there are, by name."""

from __future__ import annotations

from palate.aggregation.masks.base import MaskAggregator
from palate.core.registry import Registry

__all__ = ["mask_aggregators"]

mask_aggregators: Registry[MaskAggregator] = Registry(
    "mask aggregator", "palate.aggregation.masks", "palate.mask_aggregators"
)
