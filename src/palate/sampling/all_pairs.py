"""Ask about every two items of a query, or a plain sample of such pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from palate.core.randomness import Seed, generator
from palate.core.settings import check_counts
from palate.sampling._item_pairs import fields_of, item_pairs, refuse_no_pair
from palate.sampling.base import Sampler

__all__ = ["AllPairs"]


@dataclass(frozen=True)
class AllPairs(Sampler):
    """Take every two items that some system has among its first, or draw from these pairs, each as likely.

    n items make n (n - 1) / 2 pairs. Which item stands on the left is drawn by lot.

    Args:
        pairs: How many to draw in all; all by default.
        depth: Items of each ranking to compare.
    """

    counted: ClassVar[str | None] = "pairs"

    pairs: int | None = None
    depth: int = 5

    def __post_init__(self) -> None:
        check_counts(depth=self.depth)
        if self.pairs is not None:
            check_counts(pairs=self.pairs)

    def sample(self, runs: pl.DataFrame, seed: Seed = 0) -> pl.DataFrame:
        """Return the tasks ``task, query, left, right, inclusion``, left and right items.

        Raises:
            InputError: No query has two items.
        """
        fields = list(fields_of(runs, self.depth))
        refuse_no_pair(fields, runs)
        every = [np.stack(np.triu_indices(len(field.items), 1), axis=1) for field in fields]
        ends = np.cumsum([len(pairs) for pairs in every])
        total = int(ends[-1])
        taken = total if self.pairs is None else min(self.pairs, total)
        rows = np.zeros(total, dtype=np.bool_)
        rows[generator(seed, "sample", "all_pairs").choice(total, taken, replace=False)] = True
        kept = [pairs[of] for pairs, of in zip(every, np.split(rows, ends[:-1]), strict=True)]
        chosen = list(zip(fields, kept, strict=True))
        return item_pairs(chosen, runs, seed, [taken / total] * len(fields))
