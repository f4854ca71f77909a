"""Ask which of two systems' rankings people prefer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.core.randomness import Seed, generator
from palate.core.settings import check_counts
from palate.sampling._rankings import first_of_each
from palate.sampling._tasks import pair_tasks
from palate.sampling.base import Sampler

__all__ = ["SideBySide"]


@dataclass(frozen=True)
class SideBySide(Sampler):
    """Take every pair of systems that rank a query, or a uniform sample of such pairs.

    Which system stands on the left is drawn by lot. Pairs that show the same items in the same order
    are taken like all others, marked ``identical``: they are ties by construction, and leaving them out
    would make systems look more different than their users would find them. Who asks may save the money
    and count a tie.

    Args:
        pairs: How many (query, pair of systems) to draw; all by default.
        depth: Items of each ranking that are shown.
    """

    counted: ClassVar[str | None] = "pairs"

    pairs: int | None = None
    depth: int = 5

    def __post_init__(self) -> None:
        if self.pairs is not None and self.pairs < 1:
            raise SettingsError(f"'pairs' must be at least 1; it is {self.pairs}.")
        check_counts(depth=self.depth)

    def sample(self, runs: pl.DataFrame, seed: Seed = 0) -> pl.DataFrame:
        """Return the drawn tasks, columns ``task, query, left, right, inclusion, identical``.

        Raises:
            InputError: No query is ranked by two systems.
        """
        every = _pairs(first_of_each(runs, self.depth))
        if every.is_empty():
            raise InputError(
                "No query is ranked by two systems, so there is nothing to compare side by side."
                f" Systems here: {runs['system'].n_unique()}, queries: {runs['query'].n_unique()}.",
                where="runs",
            )
        taken = len(every) if self.pairs is None else min(self.pairs, len(every))
        # Sides are drawn for all pairs first, so that drawing fewer pairs does not turn any around.
        swapped = generator(seed, "sample", "side_by_side", "sides").random(len(every)) < 0.5
        rows = generator(seed, "sample", "side_by_side", "pairs").choice(len(every), taken, replace=False)
        sides = every.with_columns(swapped=swapped).select(
            "query",
            left=pl.when("swapped").then("second").otherwise("first"),
            right=pl.when("swapped").then("first").otherwise("second"),
            identical="identical",
        )
        return pair_tasks(sides[np.sort(rows)], taken / len(every))


def _pairs(shown: pl.DataFrame) -> pl.DataFrame:
    """Return ``query, first, second, identical`` for every two systems of a query, sorted."""
    rankings = shown.group_by("system", "query", maintain_order=True).agg("item")
    pairs = rankings.join(rankings, on="query", suffix="_of_second").filter(
        pl.col("system") < pl.col("system_of_second")
    )
    return pairs.select(
        "query",
        first="system",
        second="system_of_second",
        identical=pl.col("item") == pl.col("item_of_second"),
    ).sort("query", "first", "second")
