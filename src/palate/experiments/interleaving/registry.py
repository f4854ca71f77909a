"""The ways to interleave there are, by name."""

from __future__ import annotations

from palate.core.registry import Registry
from palate.experiments.interleaving.base import Interleaver

__all__ = ["interleavers"]

interleavers: Registry[Interleaver] = Registry(
    "way to interleave", "palate.experiments.interleaving", "palate.interleavers"
)
