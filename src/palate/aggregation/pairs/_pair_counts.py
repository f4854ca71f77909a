"""Comparisons summed up: how often each of two that met was preferred, and who can be ranked together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray

__all__ = ["PairCounts", "connected_groups", "count_pairs"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PairCounts:
    """How comparisons ended, one entry an unordered pair that met; sorted by first, then second.

    Args:
        first: int32, shape (n_pairs,): the lower code of the two.
        second: int32, likewise: the higher code.
        first_wins: float64, likewise: how often the first was preferred.
        second_wins: float64, likewise.
        ties: float64, likewise.
    """

    first: IntArray
    second: IntArray
    first_wins: FloatArray
    second_wins: FloatArray
    ties: FloatArray

    @property
    def comparisons(self) -> FloatArray:
        """How often the two met: float64, shape (n_pairs,)."""
        return self.first_wins + self.second_wins + self.ties


def count_pairs(left: IntArray, right: IntArray, outcome: npt.NDArray[np.int8]) -> PairCounts:
    """Return what comparisons sum to, whichever side each of the two was shown on.

    Args:
        left: Code of what was shown on the left, shape (n_comparisons,).
        right: Likewise; never the same as on the left.
        outcome: 1 left preferred, -1 right preferred, 0 tie.
    """
    swapped = left > right
    comparisons = pl.DataFrame(
        {
            "first": np.where(swapped, right, left),
            "second": np.where(swapped, left, right),
            "outcome": np.where(swapped, -outcome, outcome),
        }
    )
    counts = (
        comparisons.group_by("first", "second")
        .agg(
            first_wins=(pl.col("outcome") == 1).sum(),
            second_wins=(pl.col("outcome") == -1).sum(),
            ties=(pl.col("outcome") == 0).sum(),
        )
        .sort("first", "second")
    )
    return PairCounts(
        first=counts["first"].to_numpy(),
        second=counts["second"].to_numpy(),
        first_wins=counts["first_wins"].cast(pl.Float64).to_numpy(),
        second_wins=counts["second_wins"].cast(pl.Float64).to_numpy(),
        ties=counts["ties"].cast(pl.Float64).to_numpy(),
    )


def connected_groups(first: IntArray, second: IntArray, n_ids: int, *, directed: bool = False) -> IntArray:
    """Return the number, from 1, of the group each code belongs to; the largest group comes first.

    Args:
        first: Where edges begin, shape (n_edges,).
        second: Where they end.
        n_ids: How many codes there are.
        directed: Whether only those belong together that reach each other along the edges' direction.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(first)), (first, second)), shape=(n_ids, n_ids))
    n_groups, groups = connected_components(graph, directed=directed, connection="strong")
    first_member = np.unique(groups, return_index=True)[1]
    order = np.lexsort((first_member, -np.bincount(groups)))
    numbers = np.empty(n_groups, dtype=np.int32)
    numbers[order] = np.arange(1, n_groups + 1)
    return numbers[groups]
