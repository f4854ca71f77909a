"""Look at annotators' answers for what pays to talk about: spam, one label throughout, copies, a change over time."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.quality.base import QualityCheck as QualityCheck
    from palate.quality.base import QualityResult as QualityResult
    from palate.quality.base import SortedAnswers as SortedAnswers
    from palate.quality.collusion import Collusion as Collusion
    from palate.quality.drift import Drift as Drift
    from palate.quality.entropy_threshold import EntropyThreshold as EntropyThreshold
    from palate.quality.registry import quality_checks as quality_checks
    from palate.quality.spammer_score import SpammerScore as SpammerScore

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "Collusion": "collusion",
        "Drift": "drift",
        "EntropyThreshold": "entropy_threshold",
        "QualityCheck": "base",
        "QualityResult": "base",
        "SortedAnswers": "base",
        "SpammerScore": "spammer_score",
        "quality_checks": "registry",
    },
)
