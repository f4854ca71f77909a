from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.aggregation.pairs import _pair_counts
from palate.aggregation.pairs._count_kernel import count_cells, counted_cells
from palate.aggregation.pairs._pair_counts import connected_groups, count_pairs

ROWS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from([-1, 0, 1])).filter(
        lambda r: r[0] != r[1]
    ),
    max_size=40,
)


def counted(rows: list[tuple[int, int, int]], *, sides: bool) -> dict[tuple[int, int], Counter[int]]:
    """Count with a dictionary: by pair, how often the first was preferred (1), the second (-1), neither (0)."""
    found: dict[tuple[int, int], Counter[int]] = {}
    for left, right, outcome in rows:
        turned = left > right and not sides
        pair = (right, left) if turned else (left, right)
        found.setdefault(pair, Counter())[-outcome if turned else outcome] += 1
    return found


@settings(max_examples=60)
@given(
    rows=ROWS,
    sides=st.booleans(),
    far=st.sampled_from([0, 20_000, 2**30 - 7]),
    block=st.sampled_from([1, 7, 1 << 15]),
)
def test_pairs_are_counted_as_by_a_dictionary(
    rows: list[tuple[int, int, int]], sides: bool, far: int, block: int
) -> None:
    rows = [(left + far, right + far, outcome) for left, right, outcome in rows]
    left, right = (np.array([row[side] for row in rows], dtype=np.int32) for side in (0, 1))
    outcome = np.array([row[2] for row in rows], dtype=np.int8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_pair_counts, "_BLOCK", block)
        found = count_pairs(left, right, outcome, far + 6, sides=sides)
    expected = counted(rows, sides=sides)
    pairs = list(zip(found.first.tolist(), found.second.tolist(), strict=True))
    assert pairs == sorted(expected)
    for place, pair in enumerate(pairs):
        met = (found.first_wins[place], found.second_wins[place], found.ties[place])
        assert met == tuple(expected[pair][result] for result in (1, -1, 0))
    assert found.first.dtype == found.second.dtype == np.int32


@settings(max_examples=60)
@given(rows=ROWS, sides=st.booleans())
def test_a_table_of_all_pairs_and_sorting_count_the_same(
    rows: list[tuple[int, int, int]], sides: bool
) -> None:
    many = rows * 40  # so many that a table pays
    left, right = (np.array([row[side] for row in many], dtype=np.int32) for side in (0, 1))
    outcome = np.array([row[2] for row in many], dtype=np.int8)
    n_places = 36 if sides else 15
    by_table = _pair_counts._count_in_table(left, right, outcome, 6, n_places, sides=sides)
    by_sorting = _pair_counts._count_sorted(left, right, outcome, 6, sides=sides)
    for name in ("first", "second", "first_wins", "second_wins", "ties"):
        found, wanted = getattr(by_table, name), getattr(by_sorting, name)
        assert found.tolist() == wanted.tolist()
        assert found.dtype == wanted.dtype


def test_the_counting_loops_as_written_equal_the_compiled_ones() -> None:
    left, right = np.array([[0, 2, 1, 2], [1, 0, 0, 0]], dtype=np.int32)
    outcome = np.array([1, 1, 0, -1], dtype=np.int8)
    shift = np.array([-1, 0, 0])  # of three things' pairs 01, 02, 12
    cells = np.zeros((3, 3), dtype=np.int32)
    count_cells.py_func(left, right, outcome, False, shift, cells)
    assert cells.tolist() == [[1, 1, 0], [1, 0, 1], [0, 0, 0]]
    pairs, counts = np.zeros((2, 3), dtype=np.int32), np.zeros((3, 3))
    assert counted_cells.py_func(cells, shift, False, pairs, counts) == 2
    assert pairs[:, :2].tolist() == [[0, 0], [1, 2]]
    assert counts[:, :2].tolist() == [[1, 1], [1, 0], [0, 1]]


@pytest.mark.parametrize("bridge", [False, True])
def test_groups_of_many_edges_are_those_of_few(bridge: bool) -> None:
    rng = np.random.default_rng(0)
    first = np.sort(rng.integers(0, 40, 20_000))
    second = rng.integers(0, 20, len(first)) + 20 * (first // 20)  # 0 to 19 meet each other, and 20 to 39
    if bridge:
        first, second = np.append(first, 5), np.append(second, 30)
    found = connected_groups(first.astype(np.int32), second.astype(np.int32), 40)
    assert found.tolist() == ([1] * 40 if bridge else [1] * 20 + [2] * 20)
