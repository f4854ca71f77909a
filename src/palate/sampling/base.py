"""What every sampler takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import polars as pl

from palate.core.randomness import Seed

__all__ = ["Sampler"]


@dataclass(frozen=True)
class Sampler(ABC):
    """Settings of one way to choose what people are asked."""

    @abstractmethod
    def sample(self, runs: pl.DataFrame, seed: Seed = 0) -> pl.DataFrame:
        """Return tasks drawn from ``runs`` (checked ``palate.core.tables.RUNS`` with ``system`` and ``rank``).

        Graded samplers return ``task, query, item, inclusion``; side-by-side ones
        ``task, query, left, right, inclusion`` (left and right are systems) and may add what they know of
        the pair. ``inclusion`` is the probability, in (0, 1], with which this sampler takes the task.
        """
