"""The aggregators of sets of labels there are, by name."""

from __future__ import annotations

from palate.aggregation.multilabel.base import MultilabelAggregator
from palate.core.registry import Registry

__all__ = ["multilabel_aggregators"]

multilabel_aggregators: Registry[MultilabelAggregator] = Registry(
    "multi-label aggregator", "palate.aggregation.multilabel", "palate.multilabel_aggregators"
)
