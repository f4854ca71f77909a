from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from mask_strategies import mask_sets

from palate.aggregation.masks import MajorityVote
from palate.core.errors import SettingsError


@settings(max_examples=40, deadline=None)
@given(masks=mask_sets())
def test_a_pixel_is_in_where_more_than_half_marked_it(masks: dict) -> None:
    strict = MajorityVote().aggregate(masks).masks
    lenient = MajorityVote(ties="marked").aggregate(masks).masks
    for task, own in masks.items():
        for pixel in np.ndindex(strict[task].shape):
            marks = [bool(mask[pixel]) for mask in own.values()]
            assert strict[task][pixel] == (marks.count(True) > marks.count(False))
            assert lenient[task][pixel] == (marks.count(True) >= marks.count(False))


def test_more_annotators_than_a_byte_counts() -> None:
    masks = {"t": {n: np.array([True, n % 2 == 0]) for n in range(601)}}
    assert MajorityVote().aggregate(masks).masks["t"].tolist() == [True, True]


def test_an_unknown_tie_rule_is_refused() -> None:
    with pytest.raises(SettingsError, match="'ties' must be one of unmarked, marked; it is 'lowest'"):
        MajorityVote(ties="lowest")
