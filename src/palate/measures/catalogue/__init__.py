"""What recommendations do to a catalogue, whatever people think of them: how much of it is shown, and what kind."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.measures.catalogue._assess import DEFAULT_CATALOGUE_MEASURES as DEFAULT_CATALOGUE_MEASURES
    from palate.measures.catalogue._assess import assess_catalogue as assess_catalogue
    from palate.measures.catalogue._assess import parse_catalogue_measure as parse_catalogue_measure
    from palate.measures.catalogue.base import CatalogueMeasure as CatalogueMeasure
    from palate.measures.catalogue.base import Recommendations as Recommendations
    from palate.measures.catalogue.cov import Cov as Cov
    from palate.measures.catalogue.diversity import Diversity as Diversity
    from palate.measures.catalogue.gini import Gini as Gini
    from palate.measures.catalogue.miscalibration import Miscalibration as Miscalibration
    from palate.measures.catalogue.novelty import Novelty as Novelty
    from palate.measures.catalogue.personalization import Personalization as Personalization
    from palate.measures.catalogue.popularity import Popularity as Popularity
    from palate.measures.catalogue.registry import catalogue_registry as catalogue_registry
    from palate.measures.catalogue.serendipity import Serendipity as Serendipity

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "CatalogueMeasure": "base",
        "Cov": "cov",
        "DEFAULT_CATALOGUE_MEASURES": "_assess",
        "Diversity": "diversity",
        "Gini": "gini",
        "Miscalibration": "miscalibration",
        "Novelty": "novelty",
        "Personalization": "personalization",
        "Popularity": "popularity",
        "Recommendations": "base",
        "Serendipity": "serendipity",
        "assess_catalogue": "_assess",
        "catalogue_registry": "registry",
        "parse_catalogue_measure": "_assess",
    },
)
