"""The recommenders there are, by name."""

from __future__ import annotations

from palate.core.registry import Registry
from palate.recommend.base import Recommender

__all__ = ["recommenders"]

recommenders: Registry[Recommender] = Registry("recommender", "palate.recommend", "palate.recommenders")
