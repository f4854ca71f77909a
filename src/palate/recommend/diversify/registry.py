"""The ways to diversify a run that there are, by name."""

from __future__ import annotations

from palate.core.registry import Registry
from palate.recommend.diversify.base import Diversifier

__all__ = ["diversifiers"]

diversifiers: Registry[Diversifier] = Registry(
    "diversification", "palate.recommend.diversify", "palate.diversifiers"
)
