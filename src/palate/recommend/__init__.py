"""Learn from what users did what to show them next."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.recommend._interactions import code_interactions as code_interactions
    from palate.recommend._rank import rank_candidates as rank_candidates
    from palate.recommend._rank import recommend_top as recommend_top
    from palate.recommend._split import Split as Split
    from palate.recommend._split import split_by_time as split_by_time
    from palate.recommend.als import ALS as ALS
    from palate.recommend.base import CodedInteractions as CodedInteractions
    from palate.recommend.base import FittedRecommender as FittedRecommender
    from palate.recommend.base import Recommender as Recommender
    from palate.recommend.item_neighbours import ItemNeighbours as ItemNeighbours
    from palate.recommend.popularity import Popularity as Popularity
    from palate.recommend.registry import recommenders as recommenders

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "ALS": "als",
        "CodedInteractions": "base",
        "FittedRecommender": "base",
        "ItemNeighbours": "item_neighbours",
        "Popularity": "popularity",
        "Recommender": "base",
        "Split": "_split",
        "code_interactions": "_interactions",
        "rank_candidates": "_rank",
        "recommend_top": "_rank",
        "recommenders": "registry",
        "split_by_time": "_split",
    },
)
