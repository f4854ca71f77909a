"""Aggregate texts that people wrote, such as transcriptions and translations: one file a method."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.aggregation.texts._embedded import Embedding as Embedding
    from palate.aggregation.texts._hashed_characters import HashedCharacters as HashedCharacters
    from palate.aggregation.texts.base import CodedTexts as CodedTexts
    from palate.aggregation.texts.base import TextAggregator as TextAggregator
    from palate.aggregation.texts.base import TextFit as TextFit
    from palate.aggregation.texts.base import TextResult as TextResult
    from palate.aggregation.texts.closest_to_average import ClosestToAverage as ClosestToAverage
    from palate.aggregation.texts.hrrasa import HRRASA as HRRASA
    from palate.aggregation.texts.rasa import RASA as RASA
    from palate.aggregation.texts.registry import text_aggregators as text_aggregators
    from palate.aggregation.texts.rover import ROVER as ROVER

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "HRRASA": "hrrasa",
        "RASA": "rasa",
        "ROVER": "rover",
        "ClosestToAverage": "closest_to_average",
        "CodedTexts": "base",
        "Embedding": "_embedded",
        "HashedCharacters": "_hashed_characters",
        "TextAggregator": "base",
        "TextFit": "base",
        "TextResult": "base",
        "text_aggregators": "registry",
    },
)
