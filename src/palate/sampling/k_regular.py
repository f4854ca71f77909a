"""Ask about pairs in which every item is equally often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import SettingsError
from palate.core.randomness import Seed, generator
from palate.core.settings import check_counts
from palate.sampling._item_pairs import Pairs, fields_of, item_pairs, refuse_no_pair
from palate.sampling.base import Sampler

__all__ = ["KRegular"]


@dataclass(frozen=True)
class KRegular(Sampler):
    """Compare every item of a query with ``degree`` others, drawn as a random regular graph that is connected.

    Drawn by Steger and Wormald, Generating random regular graphs quickly, 1999. Where both the degree and the number of
    items are odd no such graph exists, and one item, drawn by lot, gets one pair more. Of few items, every two are
    paired. By symmetry every pair of a query has the same inclusion.

    Args:
        degree: Pairs that each item is in, at least 2 (1 does not connect more than two items).
        depth: Items of each ranking to compare.
    """

    degree: int = 4
    depth: int = 10

    def __post_init__(self) -> None:
        check_counts(depth=self.depth)
        if self.degree < 2:
            raise SettingsError(
                f"'degree' must be at least 2, so that all items are connected; it is {self.degree}."
            )

    def sample(self, runs: pl.DataFrame, seed: Seed = 0) -> pl.DataFrame:
        """Return the tasks ``task, query, left, right, inclusion``, left and right items.

        Raises:
            InputError: No query has two items.
        """
        fields = list(fields_of(runs, self.depth))
        refuse_no_pair(fields, runs)
        chosen, inclusion = [], []
        for field in fields:
            n = len(field.items)
            pairs = _regular(n, self.degree, generator(seed, "sample", "k_regular", field.query))
            chosen.append((field, pairs))
            inclusion.append(len(pairs) / (n * (n - 1) / 2))
        return item_pairs(chosen, runs, seed, inclusion)


def _regular(n: int, degree: int, rng: np.random.Generator) -> Pairs:
    """Return the edges of a connected random graph in which all have this degree, or one has one more."""
    if degree >= n - 1:
        return np.stack(np.triu_indices(n, 1), axis=1)
    if degree == 2:  # connected, it is one circle
        circle = rng.permutation(n)
        return np.sort(np.stack([circle, np.roll(circle, 1)], axis=1), axis=1)
    while True:  # about every second draw is simple and connected
        degrees = np.full(n, degree)
        if n * degree % 2:
            degrees[rng.integers(n)] += 1
        dense = 2 * degree > n  # then the pairs left out are drawn, which are fewer
        edges = _simple_graph(n - 1 - degrees if dense else degrees, rng)
        if edges is None:
            continue
        if dense:
            edges = ~edges & ~np.eye(n, dtype=np.bool_)
        if _connected(edges):
            return np.stack(np.nonzero(np.triu(edges)), axis=1)


def _simple_graph(degrees: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.bool_] | None:
    """Return a graph with these degrees as a table of its edges, or None if the draw came to a dead end."""
    edges = np.zeros((len(degrees), len(degrees)), dtype=np.bool_)
    ends = np.repeat(np.arange(len(degrees)), degrees)
    while len(ends):
        ends = rng.permutation(ends)
        left: list[int] = []
        for a, b in ends.reshape(-1, 2).tolist():
            if a == b or edges[a, b]:
                left += [a, b]
            else:
                edges[a, b] = edges[b, a] = True
        if len(left) == len(ends) and not _can_go_on(edges, np.unique(left)):
            return None
        ends = np.array(left, dtype=np.int64)
    return edges


def _can_go_on(edges: npt.NDArray[np.bool_], open_items: npt.NDArray[np.int64]) -> bool:
    """Return whether two of these are not paired yet."""
    among = edges[np.ix_(open_items, open_items)]
    return int(among.sum()) < len(open_items) * (len(open_items) - 1)


def _connected(edges: npt.NDArray[np.bool_]) -> bool:
    reached = np.zeros(len(edges), dtype=np.bool_)
    reached[0] = True
    while True:
        further = reached | edges[reached].any(axis=0)
        if (further == reached).all():
            return bool(reached.all())
        reached = further
