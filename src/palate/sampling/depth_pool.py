"""Ask about everything that some system ranks near the top."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from palate.core.settings import check_counts
from palate.sampling._rankings import pooled
from palate.sampling.base import FrameSampler

__all__ = ["DepthPool"]


@dataclass(frozen=True)
class DepthPool(FrameSampler):
    """Take every (query, item) among the first ``depth`` of any system: TREC's pooling.

    Spärck Jones and van Rijsbergen, 1975. Nothing is left to chance: every inclusion is 1, and measures
    cut off at ``depth`` or less are exact for the systems pooled.

    Args:
        depth: Items of each ranking to ask about.
    """

    depth: int = 10

    def __post_init__(self) -> None:
        check_counts(depth=self.depth)

    def frame(self, runs: pl.DataFrame) -> pl.DataFrame:
        """Return the union, columns ``query, item, inclusion``, every inclusion 1."""
        return pooled(runs, self.depth).with_columns(inclusion=pl.lit(1.0))
