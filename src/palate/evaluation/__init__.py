"""From runs, judgments and answers to verdicts: what needs measures, aggregation, sampling and inference together."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    pass

__getattr__, __all__ = lazy_exports(__name__, {})
