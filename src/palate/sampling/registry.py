"""The samplers there are, by name."""

from __future__ import annotations

from palate.core.registry import Registry
from palate.sampling.base import Sampler

__all__ = ["samplers"]

samplers: Registry[Sampler] = Registry("sampler", "palate.sampling", "palate.samplers")
