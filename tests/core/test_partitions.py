from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palate.core.partitions import available_threads, cut, row_blocks, sum_over_partitions

group_sizes = st.lists(st.integers(1, 7), min_size=1, max_size=40)


@given(sizes=group_sizes, rows=st.integers(1, 20))
def test_partitions_cover_every_group_once_and_in_order(sizes: list[int], rows: int) -> None:
    partitions = cut(np.cumsum([0, *sizes]), rows)
    assert [g for start, stop in partitions for g in range(start, stop)] == list(range(len(sizes)))
    assert all(start < stop for start, stop in partitions)


@given(sizes=group_sizes, rows=st.integers(1, 20))
def test_no_partition_holds_a_group_more_than_it_must(sizes: list[int], rows: int) -> None:
    offsets = np.cumsum([0, *sizes])
    for start, stop in cut(offsets, rows):
        assert stop == start + 1 or offsets[stop - 1] - offsets[start] < rows


@given(seed=st.integers(0, 9), rows=st.integers(1, 50))
def test_sums_are_the_same_bits_for_any_number_of_threads(seed: int, rows: int) -> None:
    numbers = np.random.default_rng(seed).normal(size=200) * 10.0 ** np.arange(-100, 100)
    partitions = cut(np.arange(201), rows)

    def share(start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        return np.array([numbers[start:stop].sum()]), np.outer(numbers[start:stop], [1.0, 2.0]).sum(axis=0)

    alone = sum_over_partitions(share, partitions, threads=1)
    for threads in (2, 5, None):
        together = sum_over_partitions(share, partitions, threads)
        assert all((a == b).all() for a, b in zip(alone, together, strict=True))


def test_several_threads_work_at_the_same_time() -> None:
    meeting = threading.Barrier(2, timeout=30)

    def share(start: int, stop: int) -> tuple[np.ndarray]:
        meeting.wait()
        return (np.array([float(stop - start)]),)

    assert sum_over_partitions(share, [(0, 2), (2, 5)], threads=2)[0] == 5


def test_one_thread_or_one_partition_starts_no_other() -> None:
    seen = set()

    def share(start: int, stop: int) -> tuple[np.ndarray]:
        seen.add(threading.current_thread())
        return (np.zeros(stop - start),)

    sum_over_partitions(share, [(0, 1), (1, 2)], threads=1)
    sum_over_partitions(share, [(0, 2)], threads=8)
    assert seen == {threading.current_thread()}


def test_there_is_at_least_one_thread() -> None:
    assert available_threads() >= 1


def test_without_affinity_all_processors_count(monkeypatch) -> None:
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: None)
    assert available_threads() == 1


@pytest.mark.parametrize("n_rows", [0, 1, 1 << 16, (1 << 16) + 1, 40 << 16])
def test_blocks_are_all_rows_in_order_each_once(n_rows: int) -> None:
    blocks = [np.arange(start, stop) for start, stop in row_blocks(n_rows)]
    assert np.array_equal(np.concatenate([np.arange(0), *blocks]), np.arange(n_rows))
    assert all(len(block) for block in blocks)
