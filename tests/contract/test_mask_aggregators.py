"""What every aggregator of masks does, today's and tomorrow's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from mask_strategies import mask_sets

from palate.aggregation.masks import mask_aggregators
from palate.core.errors import InputError

every_aggregator = pytest.mark.parametrize("name", mask_aggregators.names())

SQUARE = np.zeros((4, 5), dtype=bool)
SQUARE[1:3, 1:4] = True


def test_there_are_several() -> None:
    assert len(mask_aggregators.names()) >= 3


@every_aggregator
@settings(max_examples=25, deadline=None)
@given(masks=mask_sets())
def test_every_task_gets_a_mask_of_its_shape(name: str, masks: dict) -> None:
    found = mask_aggregators.create(name).aggregate(masks)
    assert list(found.masks) == sorted(masks)
    for task, mask in found.masks.items():
        assert mask.dtype == bool
        assert mask.shape == next(iter(masks[task].values())).shape


@every_aggregator
@settings(max_examples=25, deadline=None)
@given(masks=mask_sets())
def test_neither_the_order_of_masks_nor_where_pixels_are_matters(name: str, masks: dict) -> None:
    aggregator = mask_aggregators.create(name)
    found = aggregator.aggregate(masks)
    turned = {
        task: {annotator: mask.T[::-1] for annotator, mask in reversed(own.items())}
        for task, own in reversed(masks.items())
    }
    other = aggregator.aggregate(turned)
    for task, mask in found.masks.items():
        np.testing.assert_array_equal(mask.T[::-1], other.masks[task])
    assert found.annotators.equals(other.annotators)


@every_aggregator
@settings(max_examples=25, deadline=None)
@given(masks=mask_sets())
def test_overlap_is_the_mean_intersection_over_union_with_the_result(name: str, masks: dict) -> None:
    found = mask_aggregators.create(name).aggregate(masks)
    for row in found.annotators.to_dicts():
        shares = []
        for task, own in masks.items():
            if row["annotator"] in own:
                mine = set(np.flatnonzero(own[row["annotator"]]))
                result = set(np.flatnonzero(found.masks[task]))
                shares.append(len(mine & result) / len(mine | result) if mine | result else 1.0)
        assert row["answers"] == len(shares)
        assert row["overlap"] == pytest.approx(sum(shares) / len(shares))


@every_aggregator
def test_what_all_mark_is_the_result(name: str) -> None:
    found = mask_aggregators.create(name).aggregate({"t": dict.fromkeys("abc", SQUARE)})
    np.testing.assert_array_equal(found.masks["t"], SQUARE)
    assert found.annotators["overlap"].to_list() == [1.0] * 3
    assert found.converged


@every_aggregator
def test_one_mask_alone_is_the_result(name: str) -> None:
    found = mask_aggregators.create(name).aggregate({7: {1: SQUARE}, 8: {1: ~SQUARE}})
    np.testing.assert_array_equal(found.masks[7], SQUARE)
    np.testing.assert_array_equal(found.masks[8], ~SQUARE)
    assert found.converged


@every_aggregator
def test_two_of_three_outvote_the_third(name: str) -> None:
    found = mask_aggregators.create(name).aggregate({"t": {"a": SQUARE, "b": SQUARE, "c": ~SQUARE}})
    np.testing.assert_array_equal(found.masks["t"], SQUARE)


@every_aggregator
def test_arguments_are_left_as_they_were(name: str) -> None:
    masks = {"t": {"a": SQUARE.copy(), "b": ~SQUARE, "c": SQUARE.astype(np.uint8)}}
    mask_aggregators.create(name).aggregate(masks)
    np.testing.assert_array_equal(masks["t"]["a"], SQUARE)
    assert masks["t"]["c"].dtype == np.uint8


@every_aggregator
def test_tables_and_mappings_say_the_same(name: str) -> None:
    aggregator = mask_aggregators.create(name)
    masks = {"t": {"a": SQUARE, "b": ~SQUARE, "c": SQUARE}, "u": {"a": SQUARE[0], "c": SQUARE[1]}}
    rows = [(task, who, mask) for task, own in masks.items() for who, mask in own.items()]
    columns = dict(zip(("task", "worker", "segmentation"), map(list, zip(*rows, strict=True)), strict=True))
    expected = aggregator.aggregate(masks)
    frames = [pd.DataFrame(columns)]
    one = rows[:3]
    nested = pl.DataFrame(
        {"task": [r[0] for r in one], "annotator": [r[1] for r in one], "mask": [r[2].tolist() for r in one]}
    )
    frame = aggregator.aggregate(frames[0])
    assert isinstance(frame.annotators, pd.DataFrame)
    for task, mask in expected.masks.items():
        np.testing.assert_array_equal(frame.masks[task], mask)
    alone = aggregator.aggregate({"t": masks["t"]})
    np.testing.assert_array_equal(aggregator.aggregate(nested).masks["t"], alone.masks["t"])


@every_aggregator
@pytest.mark.parametrize(
    ("masks", "says"),
    [
        ({}, "The table is empty"),
        ({"t": SQUARE}, "masks: Expected a mapping of tasks .*; task 't' maps to ndarray"),
        (
            {"t": {"a": SQUARE, "b": SQUARE.T}},
            r"masks of task 't' have different shapes, \(4, 5\) and \(5, 4\)",
        ),
        ({"t": {"a": SQUARE, "b": SQUARE * 255}}, "row 2, column 'mask': .*annotator 'b' for task 't'.*255"),
        ({"t": {"a": np.array([0.5, 1.0])}}, "annotator 'a' for task 't'.*0.5"),
        ({"t": {"a": np.array([np.nan, 1.0])}}, "annotator 'a' for task 't'.*nan"),
        ({"t": {"a": [[True], [True, False]]}}, "annotator 'a' for task 't'.*different lengths"),
        ({"t": {"a": [True, None]}}, "annotator 'a' for task 't'.*something else"),
        ({"t": {"a": np.zeros((0, 3), dtype=bool)}}, r"at least one value; it is an array of shape \(0, 3\)"),
        ({"t": {"a": True}}, "annotator 'a' for task 't'.*a bool of something else"),
        ({"t": {"a": np.array(["x"])}}, "annotator 'a' for task 't'.*'x'"),
        ({"t": {"a": SQUARE, 1: SQUARE}}, "column 'annotator': The column mixes text and whole numbers"),
        ({"t": {"a": None}}, "row 1, column 'mask': The value is missing"),
    ],
)
def test_what_is_no_mask_is_refused(name: str, masks: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        mask_aggregators.create(name).aggregate(masks)


@every_aggregator
def test_progress_ends_at_most_at_the_total(name: str) -> None:
    calls: list[tuple[int, int]] = []
    masks = {"t": {"a": SQUARE, "b": ~SQUARE, "c": SQUARE}}
    mask_aggregators.create(name).aggregate(masks, progress=lambda done, total: calls.append((done, total)))
    assert calls == sorted(calls)
    assert 1 <= calls[-1][0] <= calls[-1][1]
