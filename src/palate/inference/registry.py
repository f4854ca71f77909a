"""The paired tests there are, by name."""

from __future__ import annotations

from palate.core.registry import Registry
from palate.inference.base import PairedTest

__all__ = ["paired_tests"]

paired_tests: Registry[PairedTest] = Registry("paired test", "palate.inference", "palate.paired_tests")
