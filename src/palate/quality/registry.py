"""The checks of annotators' quality there are, by name."""

from __future__ import annotations

from palate.core.registry import Registry
from palate.quality.base import QualityCheck

__all__ = ["quality_checks"]

quality_checks: Registry[QualityCheck] = Registry("quality check", "palate.quality", "palate.quality_checks")
