"""Go live: A/B tests, interleaving, off-policy evaluation, and how far offline values predict online ones."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.experiments._past import PredictiveValue as PredictiveValue
    from palate.experiments._past import predictive_value as predictive_value

__getattr__, __all__ = lazy_exports(__name__, {"PredictiveValue": "_past", "predictive_value": "_past"})
