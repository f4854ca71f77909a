"""Go live: A/B tests, interleaving, off-policy evaluation, and how far offline values predict online ones."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    pass

__getattr__, __all__ = lazy_exports(__name__, {})
