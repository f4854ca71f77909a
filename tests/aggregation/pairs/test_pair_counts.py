from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.aggregation.pairs import _pair_counts
from palate.aggregation.pairs._pair_counts import count_pairs

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
