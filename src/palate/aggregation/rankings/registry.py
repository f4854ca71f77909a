"""The aggregators of rankings there are, by name."""

from __future__ import annotations

from palate.aggregation.rankings.base import RankingAggregator
from palate.core.registry import Registry

__all__ = ["ranking_aggregators"]

ranking_aggregators: Registry[RankingAggregator] = Registry(
    "ranking aggregator", "palate.aggregation.rankings", "palate.ranking_aggregators"
)
