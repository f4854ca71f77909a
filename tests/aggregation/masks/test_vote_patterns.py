from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from palate.aggregation.masks._vote_patterns import spread, vote_patterns

MASKS = st.integers(1, 9).flatmap(lambda n: arrays(bool, (n, 3, 4)))


@settings(max_examples=50, deadline=None)
@given(masks=MASKS)
def test_patterns_are_the_different_votes_counted(masks: np.ndarray) -> None:
    found = vote_patterns(list(masks))
    columns = Counter(map(tuple, masks.reshape(len(masks), -1).T.tolist()))
    assert dict(zip(map(tuple, found.votes.tolist()), found.pixels, strict=True)) == columns
    assert found.votes.tolist() == sorted(list(votes) for votes in columns)
    for number in range(len(masks)):
        np.testing.assert_array_equal(spread(found.votes[:, number], list(masks)), masks[number])


@settings(max_examples=50, deadline=None)
@given(masks=MASKS, seed=st.integers(0, 99))
def test_overlaps_are_intersections_over_unions(masks: np.ndarray, seed: int) -> None:
    found = vote_patterns(list(masks))
    chosen = np.random.default_rng(seed).random(found.votes.shape) < 0.4
    shares = found.overlaps(chosen)
    for number, mask in enumerate(masks):
        other = spread(chosen[:, number], list(masks))
        union = (mask | other).sum()
        assert shares[number] == pytest.approx((mask & other).sum() / union if union else 1.0)


def test_seventy_masks_fit_in_no_integer_and_are_told_apart() -> None:
    masks = list(np.random.default_rng(0).random((70, 500)) < 0.5)
    found = vote_patterns(masks)
    assert len(found.pixels) == 500
    np.testing.assert_array_equal(spread(found.votes[:, 3], masks), masks[3])
