from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.aggregation.labels._coding import encode_labels, sort_by_task
from palate.core import partitions
from palate.core.coding import Codes, encode


@pytest.mark.parametrize(
    ("given_labels", "known", "expected"),
    [
        (["y", "x", "y"], None, (["x", "y"], [1, 0, 1])),
        ([5, 3, 5], [4], ([3, 4, 5], [2, 0, 2])),
        ([5, 3, 5], [3], ([3, 5], [1, 0, 1])),
        (["y", "z"], ["a", "y"], (["a", "y", "z"], [1, 2])),
        ([True, False], [True], ([False, True], [1, 0])),
    ],
)
def test_known_labels_are_labels(given_labels: list, known: list | None, expected: tuple) -> None:
    codes = encode_labels(
        pl.Series("label", given_labels), None if known is None else pl.Series("label", known)
    )
    assert (codes.values.to_list(), codes.codes.tolist()) == expected


def test_known_labels_of_a_wider_type_widen_the_labels() -> None:
    codes = encode_labels(pl.Series("label", [1, 2], dtype=pl.Int8), pl.Series("label", [1000]))
    assert codes.values.to_list() == [1, 2, 1000]
    assert codes.codes.tolist() == [0, 1]


@settings(max_examples=80, deadline=None)
@given(
    block=st.sampled_from([1, 2, 7, 100]),
    rows=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=30
    ),
)
def test_answers_are_in_order_of_task_annotator_and_label(
    block: int, rows: list[tuple[int, int, int]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitions, "_BLOCK_ROWS", block)
        _check_order(rows)


def _check_order(rows: list[tuple[int, int, int]]) -> None:
    tasks, annotators, labels = (encode(pl.Series([row[place] for row in rows])) for place in range(3))
    ordered = sort_by_task(tasks, annotators, labels)
    columns = [codes.codes.tolist() for codes in (tasks, annotators, labels)]
    expected = sorted(zip(*columns, strict=True))
    assert list(zip(ordered.annotators.tolist(), ordered.labels.tolist(), strict=True)) == [
        row[1:] for row in expected
    ]
    task_of_row = np.repeat(np.arange(len(tasks)), np.diff(ordered.offsets)).tolist()
    assert task_of_row == [row[0] for row in expected]
    pairs = [row[:2] for row in expected]
    assert ordered.repeats == (len(set(pairs)) < len(pairs))


def test_the_most_ids_that_posteriors_leave_room_for_fit_in_one_number() -> None:
    tasks = Codes(np.array([2**29 - 1, 0], dtype=np.int32), _Many(2**29))
    annotators = Codes(np.array([2**31 - 1, 2**31 - 1], dtype=np.int32), _Many(2**31))
    labels = Codes(np.array([1, 0], dtype=np.int32), _Many(2))
    ordered = sort_by_task(tasks, annotators, labels)
    assert ordered.annotators.tolist() == [2**31 - 1] * 2
    assert ordered.labels.tolist() == [0, 1]
    assert not ordered.repeats


class _Many(list):
    """Stands for so many values without holding them."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def __len__(self) -> int:
        return self.size
