"""Aggregate answers that are numbers: one file a method."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.aggregation.numeric.base import CodedNumbers as CodedNumbers
    from palate.aggregation.numeric.base import NumericAggregator as NumericAggregator
    from palate.aggregation.numeric.base import NumericFit as NumericFit
    from palate.aggregation.numeric.base import NumericResult as NumericResult
    from palate.aggregation.numeric.bayesian import Bayesian as Bayesian
    from palate.aggregation.numeric.catd import NumericCATD as NumericCATD
    from palate.aggregation.numeric.mean import Mean as Mean
    from palate.aggregation.numeric.median import Median as Median
    from palate.aggregation.numeric.registry import numeric_aggregators as numeric_aggregators

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "Bayesian": "bayesian",
        "CodedNumbers": "base",
        "Mean": "mean",
        "Median": "median",
        "NumericAggregator": "base",
        "NumericCATD": "catd",
        "NumericFit": "base",
        "NumericResult": "base",
        "numeric_aggregators": "registry",
    },
)
