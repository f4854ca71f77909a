"""Ask in rounds about the pairs whose comparison is expected to tell most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from palate.core.randomness import Seed, generator
from palate.core.settings import check_counts, check_positive
from palate.sampling._drawing import FloatArray
from palate.sampling._item_pairs import Field, Pairs, fields_of, item_pairs, refuse_no_pair
from palate.sampling._preferences import believe
from palate.sampling._spanning_tree import greatest_tree
from palate.sampling.base import RoundSampler

__all__ = ["ActivePairs"]

_LOT = 1e-9
"""In nats: of gains that are equal but for this, the lot decides, not the order of ids."""


@dataclass(frozen=True)
class ActivePairs(RoundSampler):
    """Take the pairs of items with the greatest expected information that together connect all items of a query.

    Scores follow Bradley and Terry's model; what is believed of them is Laplace's approximation. The gain of a pair is
    the mutual information of its result and the scores (Mikhailiuk et al., ICPR 2020, for Thurstone's model). A
    round is a maximum spanning tree of gains (Li, Mantiuk et al., NeurIPS 2018): one pair fewer than items, which many
    annotators can answer at the same time, and which leaves nobody unconnected.

    Args:
        pairs: How many tasks a round has at most, over all queries, those with the greatest gain; the whole trees
            by default. What is cut off may leave items unconnected.
        depth: Items of each ranking to compare.
        spread: The standard deviation of scores before any comparison, in logits.
    """

    counted: ClassVar[str | None] = "pairs"

    pairs: int | None = None
    depth: int = 10
    spread: float = 2.0

    def __post_init__(self) -> None:
        check_counts(depth=self.depth)
        check_positive(spread=self.spread)
        if self.pairs is not None:
            check_counts(pairs=self.pairs)

    def next_tasks(
        self, runs: pl.DataFrame, found: pl.DataFrame | None = None, seed: Seed = 0
    ) -> pl.DataFrame:
        """Return the tasks ``task, query, left, right, gain`` of the next round; gain in nats.

        Args:
            runs: Checked runs with ``system`` and ``rank``.
            found: All comparisons so far, ``left, right, label`` and, where there are several queries, ``query``.
            seed: For lots among equal gains.

        Raises:
            InputError: No query has two items, or ``found`` is no table of comparisons.
        """
        fields = list(fields_of(runs, self.depth, found))
        refuse_no_pair(fields, runs)
        trees = [self._tree(field, seed) for field in fields]
        gains = np.concatenate([gains for _, gains in trees])
        taken = np.zeros(len(gains), dtype=np.bool_)
        taken[np.argsort(-gains, kind="stable")[: self.pairs]] = True
        kept = np.split(taken, np.cumsum([len(gains) for _, gains in trees])[:-1])
        chosen = [(field, tree[0][of]) for field, tree, of in zip(fields, trees, kept, strict=True)]
        return item_pairs(chosen, runs, seed).with_columns(gain=gains[taken])

    def _tree(self, field: Field, seed: Seed) -> tuple[Pairs, FloatArray]:
        """Return a query's pairs and their gains, with lots far below what a gain can tell."""
        n = len(field.items)
        believed = believe(n, field.left, field.right, field.points, self.spread)
        pairs = np.stack(np.triu_indices(n, 1), axis=1)
        lots = generator(seed, "sample", "active_pairs", field.query).random(len(pairs))
        gains = believed.gains(pairs)[0] + _LOT * lots
        taken = greatest_tree(pairs, gains, n)
        return pairs[taken], gains[taken]
