"""Aggregate categorical answers: one file a method."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.aggregation.labels.base import CodedAnswers as CodedAnswers
    from palate.aggregation.labels.base import LabelAggregator as LabelAggregator
    from palate.aggregation.labels.base import LabelFit as LabelFit
    from palate.aggregation.labels.base import LabelResult as LabelResult
    from palate.aggregation.labels.dawid_skene import DawidSkene as DawidSkene
    from palate.aggregation.labels.majority_vote import MajorityVote as MajorityVote
    from palate.aggregation.labels.registry import label_aggregators as label_aggregators

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "CodedAnswers": "base",
        "DawidSkene": "dawid_skene",
        "LabelAggregator": "base",
        "LabelFit": "base",
        "LabelResult": "base",
        "MajorityVote": "majority_vote",
        "label_aggregators": "registry",
    },
)
