"""Reorder a run so that what is shown first differs: by features, by categories, or as the user's own past does."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.recommend.diversify._diversify import Diversified as Diversified
    from palate.recommend.diversify._diversify import diversify_run as diversify_run
    from palate.recommend.diversify.base import Candidates as Candidates
    from palate.recommend.diversify.base import Diversifier as Diversifier
    from palate.recommend.diversify.calibrated import Calibrated as Calibrated
    from palate.recommend.diversify.mmr import MMR as MMR
    from palate.recommend.diversify.registry import diversifiers as diversifiers
    from palate.recommend.diversify.xquad import XQuAD as XQuAD

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "MMR": "mmr",
        "Calibrated": "calibrated",
        "Candidates": "base",
        "Diversified": "_diversify",
        "Diversifier": "base",
        "XQuAD": "xquad",
        "diversifiers": "registry",
        "diversify_run": "_diversify",
    },
)
