"""Ask about a plain random sample of what the systems rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from palate.core.errors import SettingsError
from palate.sampling.base import FrameSampler

__all__ = ["Uniform"]


@dataclass(frozen=True)
class Uniform(FrameSampler):
    """Draw distinct (query, item) of the runs without replacement, each with the same probability.

    Queries get tasks in proportion to their items, as far as whole numbers can.

    Args:
        count: How many to draw; all if there are no more.
        share: Which share to draw instead, in (0, 1], rounded, at least one. With neither, all are taken.
    """

    counted: ClassVar[str | None] = "count"

    count: int | None = None
    share: float | None = None

    def __post_init__(self) -> None:
        if self.count is not None and self.share is not None:
            raise SettingsError("Give 'count' or 'share', not both.")
        if self.count is not None and self.count < 1:
            raise SettingsError(f"'count' must be at least 1; it is {self.count}.")
        if self.share is not None and not 0 < self.share <= 1:
            raise SettingsError(f"'share' must be above 0 and at most 1; it is {self.share:g}.")

    def frame(self, runs: pl.DataFrame) -> pl.DataFrame:
        """Return all there is, columns ``query, item, inclusion``, every inclusion the same."""
        distinct = runs.select("query", "item").unique().sort("query", "item")
        return distinct.with_columns(inclusion=pl.lit(self._count_of(len(distinct)) / len(distinct)))

    def _count_of(self, total: int) -> int:
        if self.share is not None:
            return max(1, round(self.share * total))
        return total if self.count is None else min(self.count, total)
