"""The measures of similarity there are, by name."""

from __future__ import annotations

from palate.core.registry import Registry
from palate.measures.similarity.base import Similarity

__all__ = ["similarity_registry"]

similarity_registry: Registry[Similarity] = Registry(
    "measure of similarity", "palate.measures.similarity", "palate.similarities"
)
