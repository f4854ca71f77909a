"""The measures there are, by name."""

from __future__ import annotations

from palate.core.registry import Registry
from palate.measures.base import Measure

__all__ = ["measure_registry"]

measure_registry: Registry[Measure] = Registry("measure", "palate.measures", "palate.measures")
