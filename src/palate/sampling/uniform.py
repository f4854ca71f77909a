"""Ask about a plain random sample of what the systems rank."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from palate.core.errors import SettingsError
from palate.core.randomness import Seed, generator
from palate.sampling._tasks import graded_tasks
from palate.sampling.base import Sampler

__all__ = ["Uniform"]


@dataclass(frozen=True)
class Uniform(Sampler):
    """Draw distinct (query, item) of the runs without replacement, each with the same probability.

    Args:
        count: How many to draw; all if there are no more.
        share: Which share to draw instead, in (0, 1], rounded, at least one. With neither, all are taken.
    """

    count: int | None = None
    share: float | None = None

    def __post_init__(self) -> None:
        if self.count is not None and self.share is not None:
            raise SettingsError("Give 'count' or 'share', not both.")
        if self.count is not None and self.count < 1:
            raise SettingsError(f"'count' must be at least 1; it is {self.count}.")
        if self.share is not None and not 0 < self.share <= 1:
            raise SettingsError(f"'share' must be above 0 and at most 1; it is {self.share:g}.")

    def sample(self, runs: pl.DataFrame, seed: Seed = 0) -> pl.DataFrame:
        """Return the drawn tasks, columns ``task, query, item, inclusion``."""
        distinct = runs.select("query", "item").unique().sort("query", "item")
        taken = self._count_of(len(distinct))
        rows = generator(seed, "sample", "uniform").choice(len(distinct), taken, replace=False)
        return graded_tasks(distinct[np.sort(rows)], taken / len(distinct))

    def _count_of(self, total: int) -> int:
        if self.share is not None:
            return max(1, round(self.share * total))
        return total if self.count is None else min(self.count, total)
