"""Rankings taken apart: in blocks of equal length, and into pairs of which one stands above the other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from palate.aggregation.rankings._coded import CodedRankings, FloatArray
from palate.core.coding import IntArray

__all__ = ["blocks", "ordered_pairs", "preferences"]

_CELLS = 1 << 22
"""Pairs looked at together: 4 MB a truth value each."""


def blocks(rankings: CodedRankings) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.int64]]]:
    """Yield rankings of equal length together.

    Yields:
        Their numbers, shape (n_alike,), and the positions of their places, shape (n_alike, length).
    """
    lengths = np.diff(rankings.offsets)
    for length in np.unique(lengths).tolist():
        alike = np.flatnonzero(lengths == length)
        yield alike, rankings.offsets[alike, np.newaxis] + np.arange(length)


def ordered_pairs(rankings: CodedRankings) -> Iterator[tuple[npt.NDArray[np.intp], IntArray, IntArray]]:
    """Yield every pair that a ranking puts in order, some rankings at a time.

    Yields:
        The ranking, the candidate above and the candidate below, each of shape (n_pairs,).
    """
    for alike, places in blocks(rankings):
        at_a_time = max(1, _CELLS // places.shape[1] ** 2)
        for start in range(0, len(alike), at_a_time):
            part = places[start : start + at_a_time]
            levels, candidates = rankings.levels[part], rankings.candidates[part]
            row, above, below = np.nonzero(levels[:, :, np.newaxis] < levels[:, np.newaxis, :])
            yield alike[start + row], candidates[row, above], candidates[row, below]


def preferences(rankings: CodedRankings) -> Iterator[FloatArray]:
    """Yield, for each group, how many rankings put its candidate i above its candidate j: ``[i, j]``."""
    n_candidates = np.int64(len(rankings.items))
    keys: npt.NDArray[np.int64] = np.empty(0, dtype=np.int64)
    counts: FloatArray = np.empty(0)
    for _, above, below in ordered_pairs(rankings):
        found, times = np.unique(above * n_candidates + below, return_counts=True)
        keys, where = np.unique(np.append(keys, found), return_inverse=True)
        counts = np.bincount(where, weights=np.append(counts, times)).astype(np.float64)
    bounds = np.searchsorted(keys, rankings.candidate_offsets * n_candidates)
    for group in range(rankings.n_groups):
        first, stop = rankings.candidate_offsets[group : group + 2]
        own = slice(bounds[group], bounds[group + 1])
        table = np.zeros((stop - first, stop - first))
        table[keys[own] // n_candidates - first, keys[own] % n_candidates - first] = counts[own]
        yield table
