"""Ask about items that some system ranks one directly below the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from palate.core.errors import InputError
from palate.core.randomness import Seed
from palate.core.settings import check_counts
from palate.sampling._item_pairs import fields_of, item_pairs, refuse_no_pair
from palate.sampling._rankings import places
from palate.sampling.base import Sampler

__all__ = ["AdjacentRanks"]


@dataclass(frozen=True)
class AdjacentRanks(Sampler):
    """Take every two items that are neighbours in some system's ranking.

    Tells where a system's order is wrong locally, for a ranking of n items with n - 1 pairs; far-away items are
    linked by the chain between them. Nothing is left to chance but which item stands on the left: every inclusion is 1.

    Args:
        depth: Items of each ranking to compare.
    """

    depth: int = 10

    def __post_init__(self) -> None:
        check_counts(depth=self.depth)

    def sample(self, runs: pl.DataFrame, seed: Seed = 0) -> pl.DataFrame:
        """Return the tasks ``task, query, left, right, inclusion``, left and right items.

        Raises:
            InputError: No query has two items that are neighbours.
        """
        fields = list(fields_of(runs, self.depth))
        refuse_no_pair(fields, runs)
        seen = places(runs, self.depth).sort("query", "system", "place")
        chosen = []
        for field in fields:
            number = {item: place for place, item in enumerate(field.items)}
            rows = seen.filter(pl.col("query") == field.query)
            systems, items = rows["system"].to_list(), rows["item"].to_list()
            pairs = {
                tuple(sorted((number[items[i]], number[items[i + 1]])))
                for i in range(len(items) - 1)
                if systems[i] == systems[i + 1]
            }
            chosen.append((field, np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)))
        if not any(len(pairs) for _, pairs in chosen):
            raise InputError(
                "No ranking has two items within the depth, so there are no neighbours to compare. Raise 'depth'.",
                where="runs",
            )
        return item_pairs(chosen, runs, seed, [1.0] * len(chosen))
