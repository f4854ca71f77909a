"""Ask in rounds about items that did equally well so far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from palate.core.randomness import Seed, generator
from palate.core.settings import check_counts
from palate.sampling._drawing import FloatArray
from palate.sampling._item_pairs import Field, IntArray, Pairs, fields_of, item_pairs, refuse_no_pair
from palate.sampling.base import RoundSampler

__all__ = ["Swiss"]


@dataclass(frozen=True)
class Swiss(RoundSampler):
    """Pair items of a query by their points so far, as in a Swiss tournament, each item once a round.

    A preferred item gets a point, a tied one half. Items are put in the order of points, those with as many by
    lot, and each is paired with the next one that it was compared with least often; where that would repeat a pair, two
    pairs change partners. With an odd number, who did worst
    of those that were compared most pauses. Every two items can meet again once all others were met. Needs no model,
    and after some rounds asks mostly about items that are close.

    Args:
        depth: Items of each ranking to compare.
    """

    depth: int = 10

    def __post_init__(self) -> None:
        check_counts(depth=self.depth)

    def next_tasks(
        self, runs: pl.DataFrame, found: pl.DataFrame | None = None, seed: Seed = 0
    ) -> pl.DataFrame:
        """Return the tasks ``task, query, left, right`` of the next round.

        Args:
            runs: Checked runs with ``system`` and ``rank``.
            found: All comparisons so far, ``left, right, label`` and, where there are several queries, ``query``.
            seed: For lots.

        Raises:
            InputError: No query has two items, or ``found`` is no table of comparisons.
        """
        fields = list(fields_of(runs, self.depth, found))
        refuse_no_pair(fields, runs)
        chosen = []
        for field in fields:
            lots = generator(seed, "sample", "swiss", field.query).random(len(field.items))
            chosen.append((field, _round(field, lots)))
        return item_pairs(chosen, runs, seed)


def _round(field: Field, lots: FloatArray) -> Pairs:
    """Return the pairs of one round."""
    n = len(field.items)
    points = np.bincount(field.left, field.points, n) + np.bincount(field.right, 1 - field.points, n)
    counts = np.bincount(field.left, minlength=n) + np.bincount(field.right, minlength=n)
    met = np.bincount(field.left * n + field.right, minlength=n * n).reshape(n, n)
    met = met + met.T
    shares = points / np.maximum(counts, 1)
    order = np.lexsort((lots, -shares)).tolist()
    if n % 2:
        order.remove(max(order, key=lambda item: (counts[item], order.index(item))))
    pairs = []
    while order:
        item = order.pop(0)
        other = min(order, key=lambda candidate: met[item, candidate])  # the first of those met least
        order.remove(other)
        pairs.append((item, other))
    return np.sort(np.array(_fewest_repeats(pairs, met), dtype=np.int64).reshape(-1, 2), axis=1)


def _fewest_repeats(pairs: list[tuple[int, int]], met: IntArray) -> list[tuple[int, int]]:
    """Let pairs that met before change partners with others, the nearest first, where that makes repeats fewer.

    The first to choose leave those at the end no choice.
    """
    pairs = list(pairs)
    for place in range(len(pairs) - 1, -1, -1):
        for other in sorted(range(len(pairs)), key=lambda candidate: abs(candidate - place)):
            (a, b), (c, d) = pairs[place], pairs[other]
            if other == place or not met[a, b]:
                continue
            for one, two in (((a, c), (b, d)), ((a, d), (b, c))):
                if max(met[one], met[two]) < max(met[a, b], met[c, d]):
                    pairs[place], pairs[other] = one, two
                    break
    return pairs
