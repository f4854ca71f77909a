"""Make one run of several: what systems agree on comes first."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.recommend.fusion._fuse import Fused as Fused
    from palate.recommend.fusion._fuse import fuse_runs as fuse_runs
    from palate.recommend.fusion.base import CodedRuns as CodedRuns
    from palate.recommend.fusion.base import Fusion as Fusion
    from palate.recommend.fusion.borda import Borda as Borda
    from palate.recommend.fusion.comb_mnz import CombMNZ as CombMNZ
    from palate.recommend.fusion.comb_sum import CombSUM as CombSUM
    from palate.recommend.fusion.interpolation import Interpolation as Interpolation
    from palate.recommend.fusion.reciprocal_rank import ReciprocalRank as ReciprocalRank
    from palate.recommend.fusion.registry import fusions as fusions

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "Borda": "borda",
        "CodedRuns": "base",
        "CombMNZ": "comb_mnz",
        "CombSUM": "comb_sum",
        "Fused": "_fuse",
        "Fusion": "base",
        "Interpolation": "interpolation",
        "ReciprocalRank": "reciprocal_rank",
        "fuse_runs": "_fuse",
        "fusions": "registry",
    },
)
