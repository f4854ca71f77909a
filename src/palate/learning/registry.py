"""The learners of rankings there are, by name."""

from __future__ import annotations

from palate.core.registry import Registry
from palate.learning.base import Ranker

__all__ = ["rankers"]

rankers: Registry[Ranker] = Registry("ranker", "palate.learning", "palate.rankers")
