"""Choose what people are asked, with the probability of every choice."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.sampling._next_pairs import next_pairs as next_pairs
    from palate.sampling._queries import sample_queries as sample_queries
    from palate.sampling._query_strata import sample_by_traffic as sample_by_traffic
    from palate.sampling.active_pairs import ActivePairs as ActivePairs
    from palate.sampling.adjacent_ranks import AdjacentRanks as AdjacentRanks
    from palate.sampling.all_pairs import AllPairs as AllPairs
    from palate.sampling.base import FrameSampler as FrameSampler
    from palate.sampling.base import RoundSampler as RoundSampler
    from palate.sampling.base import Sampler as Sampler
    from palate.sampling.depth_pool import DepthPool as DepthPool
    from palate.sampling.importance import Importance as Importance
    from palate.sampling.k_regular import KRegular as KRegular
    from palate.sampling.move_to_front import MoveToFront as MoveToFront
    from palate.sampling.registry import samplers as samplers
    from palate.sampling.side_by_side import SideBySide as SideBySide
    from palate.sampling.stratified import Stratified as Stratified
    from palate.sampling.swiss import Swiss as Swiss
    from palate.sampling.uniform import Uniform as Uniform

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "ActivePairs": "active_pairs",
        "AdjacentRanks": "adjacent_ranks",
        "AllPairs": "all_pairs",
        "DepthPool": "depth_pool",
        "FrameSampler": "base",
        "Importance": "importance",
        "KRegular": "k_regular",
        "MoveToFront": "move_to_front",
        "RoundSampler": "base",
        "Sampler": "base",
        "SideBySide": "side_by_side",
        "Stratified": "stratified",
        "Swiss": "swiss",
        "Uniform": "uniform",
        "next_pairs": "_next_pairs",
        "sample_by_traffic": "_query_strata",
        "sample_queries": "_queries",
        "samplers": "registry",
    },
)
