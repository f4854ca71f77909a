"""The aggregators of comparisons there are, by name."""

from __future__ import annotations

from palate.aggregation.pairs.base import PairAggregator
from palate.core.registry import Registry

__all__ = ["pair_aggregators"]

pair_aggregators: Registry[PairAggregator] = Registry(
    "pair aggregator", "palate.aggregation.pairs", "palate.pair_aggregators"
)
