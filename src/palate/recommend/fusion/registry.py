"""The ways to fuse runs that there are, by name."""

from __future__ import annotations

from palate.core.registry import Registry
from palate.recommend.fusion.base import Fusion

__all__ = ["fusions"]

fusions: Registry[Fusion] = Registry("fusion", "palate.recommend.fusion", "palate.fusions")
