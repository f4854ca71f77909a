"""Compare the variants of an experiment on metrics a unit, such as a user."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.experiments.ab._metrics import Metric as Metric
    from palate.experiments.ab._metrics import parse_guardrail as parse_guardrail
    from palate.experiments.ab._metrics import parse_metric as parse_metric
    from palate.experiments.ab._ratio_mismatch import RatioMismatch as RatioMismatch
    from palate.experiments.ab._ratio_mismatch import ratio_mismatch as ratio_mismatch
    from palate.experiments.ab._results import ABTest as ABTest
    from palate.experiments.ab._results import Effect as Effect
    from palate.experiments.ab._settings import Analysis as Analysis
    from palate.experiments.ab._test import compare_variants as compare_variants

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "ABTest": "_results",
        "Analysis": "_settings",
        "Effect": "_results",
        "Metric": "_metrics",
        "RatioMismatch": "_ratio_mismatch",
        "compare_variants": "_test",
        "parse_guardrail": "_metrics",
        "parse_metric": "_metrics",
        "ratio_mismatch": "_ratio_mismatch",
    },
)
