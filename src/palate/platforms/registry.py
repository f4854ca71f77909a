"""The platforms there are, by name."""

from __future__ import annotations

from palate.core.registry import Registry
from palate.platforms.base import Platform

__all__ = ["platforms"]

platforms: Registry[Platform] = Registry("platform", "palate.platforms", "palate.platforms")
