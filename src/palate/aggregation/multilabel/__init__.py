"""Aggregate answers that are sets of labels: one file a method."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.aggregation.multilabel.base import CodedSets as CodedSets
    from palate.aggregation.multilabel.base import MultilabelAggregator as MultilabelAggregator
    from palate.aggregation.multilabel.base import MultilabelFit as MultilabelFit
    from palate.aggregation.multilabel.base import MultilabelResult as MultilabelResult
    from palate.aggregation.multilabel.binary_relevance import BinaryRelevance as BinaryRelevance
    from palate.aggregation.multilabel.masi_vote import MasiVote as MasiVote
    from palate.aggregation.multilabel.registry import multilabel_aggregators as multilabel_aggregators

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "BinaryRelevance": "binary_relevance",
        "CodedSets": "base",
        "MasiVote": "masi_vote",
        "MultilabelAggregator": "base",
        "MultilabelFit": "base",
        "MultilabelResult": "base",
        "multilabel_aggregators": "registry",
    },
)
