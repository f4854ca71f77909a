"""Ask about everything that some system ranks near the top."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from palate.core.randomness import Seed
from palate.core.settings import check_counts
from palate.sampling._rankings import first_of_each
from palate.sampling._tasks import graded_tasks
from palate.sampling.base import Sampler

__all__ = ["DepthPool"]


@dataclass(frozen=True)
class DepthPool(Sampler):
    """Take every (query, item) among the first ``depth`` of any system: TREC's pooling.

    Spärck Jones and van Rijsbergen, 1975. Nothing is left to chance: every inclusion is 1, and measures
    cut off at ``depth`` or less are exact for the systems pooled.

    Args:
        depth: Items of each ranking to ask about.
    """

    depth: int = 10

    def __post_init__(self) -> None:
        check_counts(depth=self.depth)

    def sample(self, runs: pl.DataFrame, seed: Seed = 0) -> pl.DataFrame:  # noqa: ARG002 (nothing is drawn)
        """Return the tasks of the union, columns ``task, query, item, inclusion``."""
        return graded_tasks(first_of_each(runs, self.depth).select("query", "item").unique(), 1.0)
