from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.recommend._top import highest


@given(
    rows=st.integers(1, 12).flatmap(
        lambda width: st.lists(
            st.lists(st.sampled_from([-np.inf, -1.0, 0.0, 2.0]), min_size=width, max_size=width),
            min_size=1,
            max_size=4,
        )
    ),
    cutoff=st.integers(1, 13),
)
@settings(max_examples=100, deadline=None)
def test_marks_what_a_stable_sort_puts_first(rows: list[list[float]], cutoff: int) -> None:
    marked = highest(np.array(rows), cutoff)
    for row, marks in zip(rows, marked, strict=True):
        order = sorted(range(len(row)), key=lambda i: (-row[i], i))[:cutoff]
        assert np.flatnonzero(marks).tolist() == sorted(i for i in order if row[i] > -np.inf)
        assert highest(np.array(row), cutoff).tolist() == marks.tolist()
