"""Learn from what users did what to show them next."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.recommend._descent import FittedMatrixFactorization as FittedMatrixFactorization
    from palate.recommend._expected_value import ExpectedValue as ExpectedValue
    from palate.recommend._expected_value import learn_expected_value as learn_expected_value
    from palate.recommend._exploration import Explored as Explored
    from palate.recommend._exploration import explore_slots as explore_slots
    from palate.recommend._exploration import sample_rankings as sample_rankings
    from palate.recommend._features import with_features as with_features
    from palate.recommend._filters import Filtered as Filtered
    from palate.recommend._filters import cap_categories as cap_categories
    from palate.recommend._filters import keep_items as keep_items
    from palate.recommend._filters import remove_items as remove_items
    from palate.recommend._filters import remove_seen as remove_seen
    from palate.recommend._interactions import code_interactions as code_interactions
    from palate.recommend._leakage import SplitCheck as SplitCheck
    from palate.recommend._leakage import check_split as check_split
    from palate.recommend._nearest import NearestItems as NearestItems
    from palate.recommend._nearest import measure_recall as measure_recall
    from palate.recommend._nearest import recommend_nearest as recommend_nearest
    from palate.recommend._rank import rank_candidates as rank_candidates
    from palate.recommend._rank import recommend_blocks as recommend_blocks
    from palate.recommend._rank import recommend_top as recommend_top
    from palate.recommend._reasons import explain_runs as explain_runs
    from palate.recommend._saved import SavedRecommender as SavedRecommender
    from palate.recommend._saved import hash_interactions as hash_interactions
    from palate.recommend._saved import load_recommender as load_recommender
    from palate.recommend._saved import save_recommender as save_recommender
    from palate.recommend._search import Choice as Choice
    from palate.recommend._search import NumberRange as NumberRange
    from palate.recommend._search import WholeRange as WholeRange
    from palate.recommend._split import Split as Split
    from palate.recommend._split import SplitKind as SplitKind
    from palate.recommend._split import leave_one_out as leave_one_out
    from palate.recommend._split import split_at_time as split_at_time
    from palate.recommend._split import split_by_time as split_by_time
    from palate.recommend._split import split_interactions as split_interactions
    from palate.recommend._texts import with_items as with_items
    from palate.recommend._two_tower import FittedTwoTower as FittedTwoTower
    from palate.recommend._values import ValueSettings as ValueSettings
    from palate.recommend._values import weigh_interactions as weigh_interactions
    from palate.recommend._watch_time import FittedWatchTime as FittedWatchTime
    from palate.recommend.als import ALS as ALS
    from palate.recommend.base import CodedInteractions as CodedInteractions
    from palate.recommend.base import FittedRecommender as FittedRecommender
    from palate.recommend.base import Recommender as Recommender
    from palate.recommend.bpr import BPR as BPR
    from palate.recommend.content import Content as Content
    from palate.recommend.ease import EASE as EASE
    from palate.recommend.hybrid import Hybrid as Hybrid
    from palate.recommend.item_neighbours import ItemNeighbours as ItemNeighbours
    from palate.recommend.logistic_mf import LogisticMF as LogisticMF
    from palate.recommend.matrix_factorization import MatrixFactorization as MatrixFactorization
    from palate.recommend.popularity import Popularity as Popularity
    from palate.recommend.random import Random as Random
    from palate.recommend.registry import recommenders as recommenders
    from palate.recommend.two_tower import TwoTower as TwoTower
    from palate.recommend.user_neighbours import UserNeighbours as UserNeighbours
    from palate.recommend.watch_time import WatchTime as WatchTime

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "ALS": "als",
        "BPR": "bpr",
        "Choice": "_search",
        "CodedInteractions": "base",
        "Content": "content",
        "EASE": "ease",
        "ExpectedValue": "_expected_value",
        "Explored": "_exploration",
        "Filtered": "_filters",
        "FittedMatrixFactorization": "_descent",
        "FittedRecommender": "base",
        "FittedTwoTower": "_two_tower",
        "FittedWatchTime": "_watch_time",
        "Hybrid": "hybrid",
        "ItemNeighbours": "item_neighbours",
        "LogisticMF": "logistic_mf",
        "MatrixFactorization": "matrix_factorization",
        "NearestItems": "_nearest",
        "NumberRange": "_search",
        "Popularity": "popularity",
        "Random": "random",
        "Recommender": "base",
        "SavedRecommender": "_saved",
        "Split": "_split",
        "SplitCheck": "_leakage",
        "SplitKind": "_split",
        "TwoTower": "two_tower",
        "UserNeighbours": "user_neighbours",
        "ValueSettings": "_values",
        "WatchTime": "watch_time",
        "WholeRange": "_search",
        "cap_categories": "_filters",
        "check_split": "_leakage",
        "code_interactions": "_interactions",
        "explain_runs": "_reasons",
        "explore_slots": "_exploration",
        "hash_interactions": "_saved",
        "keep_items": "_filters",
        "learn_expected_value": "_expected_value",
        "leave_one_out": "_split",
        "load_recommender": "_saved",
        "measure_recall": "_nearest",
        "rank_candidates": "_rank",
        "recommend_blocks": "_rank",
        "recommend_nearest": "_nearest",
        "recommend_top": "_rank",
        "recommenders": "registry",
        "remove_items": "_filters",
        "remove_seen": "_filters",
        "sample_rankings": "_exploration",
        "save_recommender": "_saved",
        "split_at_time": "_split",
        "split_by_time": "_split",
        "split_interactions": "_split",
        "weigh_interactions": "_values",
        "with_features": "_features",
        "with_items": "_texts",
    },
)
