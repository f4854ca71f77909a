"""Choose what people are asked, with the probability of every choice."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.sampling._queries import sample_queries as sample_queries
    from palate.sampling.base import Sampler as Sampler
    from palate.sampling.depth_pool import DepthPool as DepthPool
    from palate.sampling.registry import samplers as samplers
    from palate.sampling.side_by_side import SideBySide as SideBySide
    from palate.sampling.uniform import Uniform as Uniform

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "DepthPool": "depth_pool",
        "Sampler": "base",
        "SideBySide": "side_by_side",
        "Uniform": "uniform",
        "sample_queries": "_queries",
        "samplers": "registry",
    },
)
