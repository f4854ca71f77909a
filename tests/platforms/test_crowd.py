from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.platforms._crowd import confusions, draw_crowd, kind_counts


def _crowd(annotators: int, shares: tuple[float, float, float], seed: int = 0):
    return draw_crowd(annotators, shares, (0.9, 0.75), np.random.default_rng(seed))


@given(annotators=st.integers(1, 200), experts=st.integers(0, 10), spammers=st.integers(0, 10))
@settings(max_examples=60, deadline=None)
def test_counts_of_kinds_are_shares_rounded_to_the_whole(
    annotators: int, experts: int, spammers: int
) -> None:
    total = max(10, experts + spammers)
    shares = (experts / total, (total - experts - spammers) / total, spammers / total)
    counts = kind_counts(annotators, shares)
    assert counts.sum() == annotators
    assert np.abs(counts - annotators * np.array(shares)).max() < 1.0 + 1e-6


def test_kinds_have_their_accuracies_and_some_spread() -> None:
    crowd = _crowd(2000, (0.3, 0.5, 0.2))
    for kind, mean in ((0, 0.9), (1, 0.75)):
        drawn = crowd.accuracy[crowd.kinds == kind]
        # Beta with mean m and concentration 60 has variance m (1 - m) / 61.
        spread = np.sqrt(mean * (1 - mean) / 61)
        assert abs(drawn.mean() - mean) < 4 * spread / np.sqrt(len(drawn))
        assert abs(drawn.std() / spread - 1) < 0.15
    assert crowd.favours.sum() == (crowd.kinds == 2).sum() // 2
    assert not crowd.favours[crowd.kinds != 2].any()
    assert crowd.activity.sum() == pytest.approx(1.0)
    assert crowd.activity.max() > 3 * np.median(crowd.activity)


def test_perfect_annotators_do_not_err() -> None:
    crowd = draw_crowd(20, (1.0, 0.0, 0.0), (1.0, 0.5), np.random.default_rng(0))
    confusion = confusions(crowd, 3, np.random.default_rng(1), ordered=True)
    assert np.array_equal(confusion, np.broadcast_to(np.eye(3), (20, 3, 3)))


@given(n_labels=st.integers(2, 6), ordered=st.booleans(), seed=st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_rows_are_probabilities(n_labels: int, ordered: bool, seed: int) -> None:
    crowd = _crowd(15, (0.3, 0.4, 0.3), seed)
    confusion = confusions(crowd, n_labels, np.random.default_rng(seed), ordered=ordered)
    assert confusion.min() >= 0
    np.testing.assert_allclose(confusion.sum(axis=2), 1.0)


def test_errors_fall_off_with_distance_only_where_labels_are_ordered() -> None:
    crowd = _crowd(3000, (0.0, 1.0, 0.0))
    ordered = confusions(crowd, 4, np.random.default_rng(1), ordered=True).mean(axis=0)
    for truth in range(4):
        by_distance = sorted((abs(truth - answer), -ordered[truth, answer]) for answer in range(4))
        assert [-share for _, share in by_distance] == sorted((-s for _, s in by_distance), reverse=True)
    assert ordered[0, 1] > 2 * ordered[0, 2] > 4 * ordered[0, 3]
    unordered = confusions(crowd, 4, np.random.default_rng(1), ordered=False).mean(axis=0)
    wrong = unordered[~np.eye(4, dtype=bool)]
    assert wrong.max() - wrong.min() < 0.02


def test_spammers_answer_the_same_whatever_the_truth() -> None:
    crowd = _crowd(40, (0.0, 0.0, 1.0))
    confusion = confusions(crowd, 4, np.random.default_rng(1), ordered=True)
    assert np.array_equal(confusion, np.repeat(confusion[:, :1], 4, axis=1))
    assert (confusion[~crowd.favours] == 0.25).all()
    favourite = confusion[crowd.favours][:, 0]
    assert np.allclose(favourite.max(axis=1), 0.85)
    assert len(set(favourite.argmax(axis=1))) > 1


def test_accuracy_next_to_nothing_is_no_error() -> None:
    crowd = _crowd(5, (1.0, 0.0, 0.0))
    confusion = confusions(replace(crowd, accuracy=np.zeros(5)), 3, np.random.default_rng(1), ordered=True)
    assert np.isfinite(confusion).all()
