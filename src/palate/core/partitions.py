"""Add up what each partition of the data contributes: in threads, yet to the same bits on any machine.

What iterates over many rows is written as a sum: one function takes a partition and returns its share of
the sufficient statistics. Partitions have a size that does not depend on the number of threads, and their
shares are added in order, so that neither the threads nor their timing show in the result.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import numpy.typing as npt

__all__ = ["Partition", "available_threads", "cut", "row_blocks", "sum_over_partitions"]

_BLOCK_ROWS = 1 << 16
"""Rows whose numbers stay in a processor's cache from one pass over them to the next."""

FloatArray = npt.NDArray[np.float64]
Partition = tuple[int, int]
"""The groups ``start:stop`` that belong together."""


def cut(offsets: npt.NDArray[np.int64], rows: int) -> list[Partition]:
    """Return consecutive groups of rows in partitions of about ``rows`` rows each; no group is split.

    Args:
        offsets: int64, shape (n_groups + 1,): group g holds the rows ``offsets[g]:offsets[g + 1]``.
        rows: How many rows a partition should have; at least 1.

    >>> cut(np.array([0, 2, 4, 6, 8]), rows=3)
    [(0, 2), (2, 3), (3, 4)]
    """
    starts = np.searchsorted(offsets, np.arange(0, int(offsets[-1]), rows))
    bounds = np.unique(np.append(starts, len(offsets) - 1)).tolist()
    return list(pairwise(bounds))


def sum_over_partitions(
    share: Callable[[int, int], tuple[FloatArray, ...]],
    partitions: Sequence[Partition],
    threads: int | None = None,
) -> tuple[FloatArray, ...]:
    """Return the sums of the arrays that ``share(start, stop)`` returns for every partition.

    Args:
        share: Returns new arrays, always of the same shapes; it gains from threads if it releases the
            interpreter's lock.
        partitions: At least one.
        threads: How many at most; None takes every processor this process may use. The result does not
            depend on it.
    """
    threads = min(threads or available_threads(), len(partitions))
    if threads == 1:
        return _add(share(*partition) for partition in partitions)
    with ThreadPoolExecutor(threads) as pool:
        return _add(pool.map(lambda partition: share(*partition), partitions))


def row_blocks(n_rows: int) -> list[Partition]:
    """Return all rows in blocks of which several arrays fit in a processor's cache, for passes that use no threads.

    Threads would not save time there: one core reads as fast as the memory gives (``docs/decisions/0006``).

    >>> row_blocks(70_000)
    [(0, 65536), (65536, 70000)]
    """
    return [(start, min(start + _BLOCK_ROWS, n_rows)) for start in range(0, n_rows, _BLOCK_ROWS)]


def available_threads() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _add(shares: Iterable[tuple[FloatArray, ...]]) -> tuple[FloatArray, ...]:
    iterator = iter(shares)
    totals = next(iterator)
    for share in iterator:
        for total, part in zip(totals, share, strict=True):
            total += part  # noqa: PLW2901 (adds into the array)
    return totals
