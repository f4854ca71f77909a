"""Aggregate comparisons: one file a method."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.aggregation.pairs.base import CodedComparisons as CodedComparisons
    from palate.aggregation.pairs.base import PairAggregator as PairAggregator
    from palate.aggregation.pairs.base import PairFit as PairFit
    from palate.aggregation.pairs.base import PairResult as PairResult
    from palate.aggregation.pairs.bradley_terry import BradleyTerry as BradleyTerry
    from palate.aggregation.pairs.registry import pair_aggregators as pair_aggregators
    from palate.aggregation.pairs.win_rate import WinRate as WinRate

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "BradleyTerry": "bradley_terry",
        "CodedComparisons": "base",
        "PairAggregator": "base",
        "PairFit": "base",
        "PairResult": "base",
        "WinRate": "win_rate",
        "pair_aggregators": "registry",
    },
)
