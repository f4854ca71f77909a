"""The measures of catalogues there are, by name."""

from __future__ import annotations

from palate.core.registry import Registry
from palate.measures.catalogue.base import CatalogueMeasure

__all__ = ["catalogue_registry"]

catalogue_registry: Registry[CatalogueMeasure] = Registry(
    "measure of a catalogue", "palate.measures.catalogue", "palate.catalogue_measures"
)
