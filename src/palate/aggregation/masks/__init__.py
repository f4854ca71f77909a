"""Aggregate masks: which pixels of an image, or cells of any array, people marked. One file a method."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.aggregation.masks.base import CodedMasks as CodedMasks
    from palate.aggregation.masks.base import IntoMasks as IntoMasks
    from palate.aggregation.masks.base import MaskAggregator as MaskAggregator
    from palate.aggregation.masks.base import MaskFit as MaskFit
    from palate.aggregation.masks.base import MaskResult as MaskResult
    from palate.aggregation.masks.em import EM as EM
    from palate.aggregation.masks.majority_vote import MajorityVote as MajorityVote
    from palate.aggregation.masks.rasa import RASA as RASA
    from palate.aggregation.masks.registry import mask_aggregators as mask_aggregators

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "EM": "em",
        "RASA": "rasa",
        "CodedMasks": "base",
        "IntoMasks": "base",
        "MajorityVote": "majority_vote",
        "MaskAggregator": "base",
        "MaskFit": "base",
        "MaskResult": "base",
        "mask_aggregators": "registry",
    },
)
