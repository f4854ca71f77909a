"""Ask about samples of strata: more where systems rank high, or agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Literal

import numpy as np
import polars as pl

from palate.core.coding import encode
from palate.core.errors import SettingsError
from palate.core.settings import check_counts
from palate.sampling._drawing import proportional
from palate.sampling._frames import sizes_of_queries
from palate.sampling._rankings import places
from palate.sampling.base import FrameSampler

__all__ = ["Stratified"]


@dataclass(frozen=True)
class Stratified(FrameSampler):
    """Divide each query's items into strata and draw from each stratum with one probability.

    By rank, an item belongs where the system that ranks it highest has it (as in the stratified pools of Yilmaz,
    Kanoulas and Aslam, A simple and efficient sampling method for estimating AP and NDCG, SIGIR 2008). By
    agreement, it belongs by how many systems have it within the depth. Each query gets the same number of
    tasks, as far as it has so many items.

    Args:
        count: How many to draw in all; all if there are no more, or if neither ``count`` nor ``shares`` is given.
        by: ``rank`` or ``agreement``.
        strata: The last rank, or the greatest number of systems, of each stratum, rising; the last stratum is open. By
            default 3, 10 and 30 for ranks, and every number of systems of its own.
        shares: Which share of each stratum to draw instead of ``count``, each in (0, 1].
        allocation: How a query's tasks are divided: ``equal`` to every stratum, or ``proportional`` to its size.
        depth: Items of each ranking that can be drawn.
    """

    counted: ClassVar[str | None] = "count"

    count: int | None = None
    by: Literal["rank", "agreement"] = "rank"
    strata: Sequence[int] | None = None
    shares: Sequence[float] | None = None
    allocation: Literal["equal", "proportional"] = "equal"
    depth: int = 100

    def __post_init__(self) -> None:
        check_counts(depth=self.depth)
        if self.count is not None:
            check_counts(count=self.count)
        if self.count is not None and self.shares is not None:
            raise SettingsError("Give 'count' or 'shares', not both.")
        if self.strata is not None and not _rise(self.strata):
            raise SettingsError(
                f"'strata' must be whole numbers from 1, rising, such as [3,10,30]; it is {self.strata!r}."
            )
        if self.shares is not None and not _are_shares(self.shares):
            raise SettingsError(
                "'shares' must be numbers above 0 and at most 1, such as [1,0.5,0.1]; it is"
                f" {self.shares!r}. Lower 'depth' to leave the last ranks out."
            )

    def frame(self, runs: pl.DataFrame) -> pl.DataFrame:
        """Return what can be drawn, columns ``query, item, stratum, inclusion``; strata are numbered from 1.

        Raises:
            SettingsError: There are not as many ``shares`` as strata.
        """
        seen = (
            places(runs, self.depth)
            .group_by("query", "item")
            .agg(rank=pl.col("place").min(), agreement=pl.len())
        )
        seen = seen.sort("query", "item")
        bounds = self._bounds(int(runs["system"].n_unique()))
        stratum = np.searchsorted(bounds, seen[self.by].to_numpy()) + 1
        table = seen.select("query", "item", stratum=pl.Series(stratum, dtype=pl.Int64))
        return table.with_columns(inclusion=self._inclusion(table, len(bounds) + 1))

    def _bounds(self, n_systems: int) -> list[int]:
        if self.strata is not None:
            return list(self.strata)
        if self.by == "agreement":
            return list(range(1, n_systems))
        return [bound for bound in (3, 10, 30) if bound < self.depth]

    def _inclusion(self, table: pl.DataFrame, n_strata: int) -> pl.Series:
        strata = table["stratum"].to_numpy() - 1
        if self.shares is not None:
            if len(self.shares) != n_strata:
                raise SettingsError(
                    f"'shares' needs one number for each of the {n_strata} strata; it has {len(self.shares)}."
                )
            return pl.Series(np.array(self.shares, dtype=np.float64)[strata])
        if self.count is None:
            return pl.Series(np.ones(len(table)))
        queries = encode(table["query"])
        sizes = np.zeros((len(queries), n_strata))
        np.add.at(sizes, (queries.codes, strata), 1.0)
        weights = sizes if self.allocation == "proportional" else (sizes > 0).astype(np.float64)
        wanted = sizes_of_queries(sizes.sum(axis=1), self.count)
        taken = np.zeros_like(sizes)
        for query, size in enumerate(wanted):
            there = sizes[query] > 0
            taken[query, there] = proportional(weights[query, there], size, sizes[query, there])
        rates = np.divide(taken, sizes, out=np.zeros_like(sizes), where=sizes > 0)
        return pl.Series(np.minimum(rates[queries.codes, strata], 1.0))


def _rise(bounds: object) -> bool:
    """Return whether these are whole numbers from 1, each above the one before; a setting may come as anything."""
    if not isinstance(bounds, (list, tuple)) or not all(
        type(bound) is int and bound >= 1 for bound in bounds
    ):
        return False
    return all(a < b for a, b in pairwise(bounds))


def _are_shares(shares: object) -> bool:
    return isinstance(shares, (list, tuple)) and all(
        type(share) in {int, float} and 0 < share <= 1 for share in shares
    )
