from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from palate.recommend import _top_kernel
from palate.recommend._factors import FittedFactors
from palate.recommend._top import top_scores
from palate.recommend.base import FittedRecommender

_LEVELS = st.sampled_from([-np.inf, -1.0, 0.0, 2.0])


@st.composite
def _scored(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, int]:
    """Scores, which of them are of items that were seen, and a cutoff."""
    shape = draw(st.integers(1, 4)), draw(st.integers(1, 12))
    cells = shape[0] * shape[1]
    scores = np.array(draw(st.lists(_LEVELS, min_size=cells, max_size=cells))).reshape(shape)
    seen = np.array(draw(st.lists(st.booleans(), min_size=cells, max_size=cells))).reshape(shape)
    return scores, seen, draw(st.integers(1, shape[1]))


def _sorted(scores: np.ndarray, seen: np.ndarray, cutoff: int) -> list[list[tuple[int, float]]]:
    """What sorting all items gives: the plain way."""
    found = []
    for row, hidden in zip(scores.tolist(), seen.tolist(), strict=True):
        left = [(i, s) for i, s in enumerate(row) if not hidden[i] and s > -np.inf]
        found.append(sorted(left, key=lambda pair: (-pair[1], pair[0]))[:cutoff])
    return found


def _listed(top) -> list[list[tuple[int, float]]]:
    rows = zip(top.items.tolist(), top.scores.tolist(), top.counts.tolist(), strict=True)
    return [list(zip(items, scores, strict=True))[:count] for items, scores, count in rows]


@given(scored=_scored())
@settings(max_examples=100, deadline=None)
def test_the_highest_are_what_a_stable_sort_puts_first(scored) -> None:
    scores, seen, cutoff = scored
    users = np.arange(len(scores), dtype=np.int32)
    expected = _sorted(scores, seen, cutoff)
    assert _listed(top_scores(scores.copy(), users, sparse.csr_array(seen), cutoff)) == expected
    assert _listed(top_scores(scores.copy(), users, None, cutoff)) == _sorted(scores, seen & False, cutoff)


@given(
    n_items=st.integers(1, 400),
    cutoff=st.integers(1, 40),
    seed=st.integers(0, 2**32 - 1),
    kinds=st.integers(2, 500),
)
@settings(max_examples=60, deadline=None)
def test_long_rows_whose_border_comes_from_groups_are_sorted_alike(
    n_items: int, cutoff: int, seed: int, kinds: int
) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, kinds, size=(3, n_items)) / 7.0  # the fewer kinds, the more are equal
    scores[rng.random(scores.shape) < rng.random()] = -np.inf
    seen = rng.random(scores.shape) < rng.random()
    users = np.arange(3, dtype=np.int32)
    cutoff = min(cutoff, n_items)
    found = top_scores(scores.copy(), users, sparse.csr_array(seen), cutoff)
    assert _listed(found) == _sorted(scores, seen, cutoff)


def test_unknown_user_has_seen_nothing() -> None:
    seen = sparse.csr_array(np.array([[True, False]]))
    top = top_scores(np.array([[2.0, 1.0], [2.0, 1.0]]), np.array([0, -1], dtype=np.int32), seen, 2)
    assert _listed(top) == [[(1, 1.0)], [(0, 2.0), (1, 1.0)]]


@pytest.mark.parametrize("n_factors", [1, 7, 64])
@pytest.mark.parametrize("spread", [1.0, 1e-7])
def test_products_screened_by_blas_are_the_exact_ones(n_factors: int, spread: float) -> None:
    rng = np.random.default_rng(n_factors)
    # With a tiny spread around 1 many products differ by less than float32 can tell.
    users = (1 + spread * rng.normal(size=(20, n_factors))).astype(np.float32)
    items = (1 + spread * rng.normal(size=(300, n_factors))).astype(np.float32)
    items[rng.integers(0, 300, 60)] = items[5]
    seen = sparse.csr_array(rng.random((20, 300)) < 0.3)
    codes = np.array([*range(20), -1], dtype=np.int32)
    fitted = FittedFactors(users, items)
    screened = fitted.top(codes, 300, 30, seen)
    plain = FittedRecommender.top(fitted, codes, 300, 30, seen)
    assert _listed(screened) == _listed(plain)


def test_factors_of_zero_and_fewer_items_than_wanted() -> None:
    fitted = FittedFactors(np.zeros((1, 2), dtype=np.float32), np.zeros((3, 2), dtype=np.float32))
    seen = sparse.csr_array(np.array([[False, True, False]]))
    assert _listed(fitted.top(np.array([0], dtype=np.int32), 3, 3, seen)) == [[(0, 0.0), (2, 0.0)]]


def test_loops_do_the_same_without_being_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "_hide",
        "_product",
        "_highest",
        "_reached",
        "_some_reach",
        "offer",
        "_sift",
        "_sort",
        "_is_worse",
        "top_row",
        "top_rows",
        "screen_rows",
    ):
        monkeypatch.setattr(_top_kernel, name, getattr(_top_kernel, name).py_func)
    test_unknown_user_has_seen_nothing()
    test_products_screened_by_blas_are_the_exact_ones(7, 1.0)
    test_factors_of_zero_and_fewer_items_than_wanted()
