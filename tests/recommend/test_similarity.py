from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender
from scipy.sparse import csr_array, csr_matrix

from palate.core.errors import SettingsError
from palate.core.progress import no_progress
from palate.recommend import _similarity, _similarity_kernel
from palate.recommend._similarity import SIMILARITIES, check_similarity, nearest

matrices = st.integers(1, 8).flatmap(
    lambda width: st.lists(st.lists(st.booleans(), min_size=width, max_size=width), min_size=1, max_size=9)
)


def plain_similarity(rows: np.ndarray, kind: str, i: int, j: int, shrinkage: float) -> float:
    """Say how alike two rows of zeros and ones are, by the formulas of the docstring."""
    n, holders, lengths = len(rows), rows.sum(axis=0), rows.sum(axis=1)
    both, either = rows[i] * rows[j], np.maximum(rows[i], rows[j])
    if kind == "jaccard":
        return both.sum() / (either.sum() + shrinkage)
    rarity = [1.0 if kind == "cosine" else max(math.log(n / (1 + d)), 0.0) for d in holders]
    first, second = rows[i] * rarity, rows[j] * rarity
    if kind == "bm25":
        mean = lengths.mean()
        first, second = (
            vector * 2.2 / (1.2 * (0.25 + 0.75 * length / mean) + 1)
            for vector, length in ((first, lengths[i]), (second, lengths[j]))
        )
        return first @ second / (1 + shrinkage)
    below = math.sqrt(first @ first) * math.sqrt(second @ second)
    return 0.0 if first @ second == 0 else first @ second / (below + shrinkage)


@given(
    rows=matrices,
    kind=st.sampled_from(SIMILARITIES),
    neighbours=st.integers(1, 9),
    shrinkage=st.sampled_from([0.0, 1.0, 10.0]),
)
@settings(max_examples=80, deadline=None)
def test_similarities_are_those_of_the_formulas(
    rows: list[list[bool]], kind: Any, neighbours: int, shrinkage: float
) -> None:
    dense = np.array(rows, dtype=float)
    found = nearest(csr_array(dense), kind, neighbours, shrinkage, no_progress).toarray()
    for i in range(len(dense)):
        plain = [
            0.0
            if i == j or not (dense[i] * dense[j]).any()
            else plain_similarity(dense, kind, i, j, shrinkage)
            for j in range(len(dense))
        ]
        kept = np.flatnonzero(found[i])
        assert len(kept) == min(neighbours, np.count_nonzero(plain))
        np.testing.assert_allclose(found[i, kept], np.array(plain)[kept], rtol=1e-12)
        left_out = set(range(len(dense))) - set(kept.tolist())
        assert all(plain[j] <= found[i, kept].min(initial=np.inf) * (1 + 1e-12) for j in left_out)


def test_of_equally_similar_rows_the_first_are_kept() -> None:
    found = nearest(csr_array(np.ones((5, 2))), "cosine", 2, 0.0, no_progress)
    assert [row.tolist() for row in np.split(found.indices, found.indptr[1:-1])] == [
        [1, 2],
        [0, 2],
        [0, 1],
        [0, 1],
        [0, 1],
    ]


@pytest.mark.parametrize(
    ("kind", "peer"), [("cosine", CosineRecommender), ("tfidf", TFIDFRecommender), ("bm25", BM25Recommender)]
)
def test_similarities_without_shrinkage_are_those_of_implicit(kind: Any, peer: Any) -> None:
    rng = np.random.default_rng(0)
    likes = (rng.random((60, 40)) < rng.random(40) / 2).astype(float)
    other = peer(K=40)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other.fit(csr_matrix(likes), show_progress=False)
    theirs = other.similarity.toarray()
    np.fill_diagonal(theirs, 0.0)  # there, an item is its own neighbour
    ours = nearest(csr_array(csr_matrix(likes).T.tocsr()), kind, 40, 0.0, no_progress).toarray()
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def test_size_of_blocks_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    likes = csr_array((np.random.default_rng(5).random((50, 30)) < 0.3).astype(float))
    whole = nearest(likes, "tfidf", 5, 1.0, no_progress)
    monkeypatch.setattr(_similarity, "_BLOCK_ROWS", 7)
    calls: list[tuple[int, int]] = []
    blocks = nearest(likes, "tfidf", 5, 1.0, lambda done, total: calls.append((done, total)))
    assert (whole.data.tobytes(), whole.indices.tobytes()) == (
        blocks.data.tobytes(),
        blocks.indices.tobytes(),
    )
    assert calls == [(done, 50) for done in (7, 14, 21, 28, 35, 42, 49, 50)]


@pytest.mark.parametrize("kind", SIMILARITIES)
def test_compiled_and_plain_kernel_agree(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    likes = csr_array((np.random.default_rng(2).random((12, 9)) < 0.4).astype(float))
    compiled = nearest(likes, kind, 3, 2.0, no_progress)
    for name in ("nearest_rows", "_share", "_similarity", "_least", "offer"):
        monkeypatch.setattr(_similarity_kernel, name, getattr(_similarity_kernel, name).py_func)
    plain = nearest(likes, kind, 3, 2.0, no_progress)
    np.testing.assert_allclose(plain.toarray(), compiled.toarray(), rtol=1e-12)


@pytest.mark.parametrize(
    ("similarity", "neighbours", "shrinkage", "name"),
    [
        ("cosine", 0, 0.0, "neighbours"),
        ("cosine", 1, -1.0, "shrinkage"),
        ("cosine", 1, math.nan, "shrinkage"),
        ("euclid", 1, 0.0, "similarity"),
    ],
)
def test_impossible_settings_are_refused(
    similarity: str, neighbours: int, shrinkage: float, name: str
) -> None:
    with pytest.raises(SettingsError, match=f"'{name}'"):
        check_similarity(similarity, neighbours, shrinkage)
