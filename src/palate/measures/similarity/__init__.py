"""How alike two rankings are: values that print, parse, compare and compute."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.measures.similarity._compare import compare_rankings as compare_rankings
    from palate.measures.similarity._compare import parse_similarity as parse_similarity
    from palate.measures.similarity._compare import tied_queries as tied_queries
    from palate.measures.similarity.base import Similarity as Similarity
    from palate.measures.similarity.kendall import Kendall as Kendall
    from palate.measures.similarity.rbo import RBO as RBO
    from palate.measures.similarity.registry import similarity_registry as similarity_registry
    from palate.measures.similarity.spearman import Spearman as Spearman
    from palate.measures.similarity.tau_ap import TauAP as TauAP

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "Kendall": "kendall",
        "RBO": "rbo",
        "Similarity": "base",
        "Spearman": "spearman",
        "TauAP": "tau_ap",
        "compare_rankings": "_compare",
        "parse_similarity": "_compare",
        "similarity_registry": "registry",
        "tied_queries": "_compare",
    },
)
