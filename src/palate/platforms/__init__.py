"""Ask people: one file a place where they are asked."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.platforms.base import Collected as Collected
    from palate.platforms.base import Platform as Platform
    from palate.platforms.base import Pool as Pool
    from palate.platforms.registry import platforms as platforms
    from palate.platforms.simulated import Simulated as Simulated

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "Collected": "base",
        "Platform": "base",
        "Pool": "base",
        "Simulated": "simulated",
        "platforms": "registry",
    },
)
