"""Aggregate comparisons: one file a method."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.aggregation.pairs._state import PairState as PairState
    from palate.aggregation.pairs._state import load_pair_state as load_pair_state
    from palate.aggregation.pairs.base import CodedComparisons as CodedComparisons
    from palate.aggregation.pairs.base import Effect as Effect
    from palate.aggregation.pairs.base import PairAggregator as PairAggregator
    from palate.aggregation.pairs.base import PairFit as PairFit
    from palate.aggregation.pairs.base import PairResult as PairResult
    from palate.aggregation.pairs.bradley_terry import BradleyTerry as BradleyTerry
    from palate.aggregation.pairs.covariate_bradley_terry import (
        CovariateBradleyTerry as CovariateBradleyTerry,
    )
    from palate.aggregation.pairs.crowd_bt import CrowdBT as CrowdBT
    from palate.aggregation.pairs.elo import Elo as Elo
    from palate.aggregation.pairs.hierarchical_bradley_terry import (
        HierarchicalBradleyTerry as HierarchicalBradleyTerry,
    )
    from palate.aggregation.pairs.newman import Newman as Newman
    from palate.aggregation.pairs.noisy_bradley_terry import NoisyBradleyTerry as NoisyBradleyTerry
    from palate.aggregation.pairs.page_rank import PageRank as PageRank
    from palate.aggregation.pairs.rank_centrality import RankCentrality as RankCentrality
    from palate.aggregation.pairs.rao_kupper import RaoKupper as RaoKupper
    from palate.aggregation.pairs.registry import pair_aggregators as pair_aggregators
    from palate.aggregation.pairs.thurstone import Thurstone as Thurstone
    from palate.aggregation.pairs.win_rate import WinRate as WinRate

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "BradleyTerry": "bradley_terry",
        "CodedComparisons": "base",
        "CovariateBradleyTerry": "covariate_bradley_terry",
        "CrowdBT": "crowd_bt",
        "Effect": "base",
        "Elo": "elo",
        "HierarchicalBradleyTerry": "hierarchical_bradley_terry",
        "Newman": "newman",
        "NoisyBradleyTerry": "noisy_bradley_terry",
        "PageRank": "page_rank",
        "PairAggregator": "base",
        "PairFit": "base",
        "PairResult": "base",
        "PairState": "_state",
        "RankCentrality": "rank_centrality",
        "RaoKupper": "rao_kupper",
        "Thurstone": "thurstone",
        "WinRate": "win_rate",
        "load_pair_state": "_state",
        "pair_aggregators": "registry",
    },
)
