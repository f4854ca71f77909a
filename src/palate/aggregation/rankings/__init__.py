"""Aggregate rankings that people gave: one file a method."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.aggregation.rankings.base import CodedRankings as CodedRankings
    from palate.aggregation.rankings.base import RankingAggregator as RankingAggregator
    from palate.aggregation.rankings.base import RankingFit as RankingFit
    from palate.aggregation.rankings.base import RankingResult as RankingResult
    from palate.aggregation.rankings.borda import Borda as Borda
    from palate.aggregation.rankings.kemeny import Kemeny as Kemeny
    from palate.aggregation.rankings.mallows import Mallows as Mallows
    from palate.aggregation.rankings.plackett_luce import PlackettLuce as PlackettLuce
    from palate.aggregation.rankings.registry import ranking_aggregators as ranking_aggregators

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "Borda": "borda",
        "CodedRankings": "base",
        "Kemeny": "kemeny",
        "Mallows": "mallows",
        "PlackettLuce": "plackett_luce",
        "RankingAggregator": "base",
        "RankingFit": "base",
        "RankingResult": "base",
        "ranking_aggregators": "registry",
    },
)
