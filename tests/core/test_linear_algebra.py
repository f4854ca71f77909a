"""Inverses by Cholesky's factors, and how many threads calculate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.core.linear_algebra import inverse, one_thread


@given(n=st.integers(1, 600), seed=st.integers(0, 2**32 - 1), order=st.sampled_from("CF"))
@settings(max_examples=20, deadline=None)
def test_inverse_times_matrix_is_one(n: int, seed: int, order: str) -> None:
    x = np.random.default_rng(seed).normal(size=(n + 5, n))
    matrix = np.array(x.T @ x + np.eye(n), order=order)  # type: ignore[call-overload]
    kept = matrix.copy()
    found = inverse(matrix)
    assert np.array_equal(matrix, kept)
    assert np.array_equal(found, found.T)
    np.testing.assert_allclose(found @ matrix, np.eye(n), atol=1e-9)
    assert np.array_equal(inverse(matrix.copy(order), overwrite=True), found)


def test_its_place_in_memory_is_taken_where_it_may_be() -> None:
    for order in ("C", "F"):
        matrix = np.array([[2.0, 1.0], [1.0, 3.0]], order=order)  # type: ignore[call-overload]
        assert np.shares_memory(inverse(matrix, overwrite=True), matrix)
        np.testing.assert_allclose(matrix, [[0.6, -0.2], [-0.2, 0.4]])


def test_what_is_not_positive_definite_is_refused() -> None:
    for matrix in ([[1.0, 2.0], [2.0, 1.0]], [[0.0, 0.0], [0.0, 1.0]]):
        with pytest.raises(np.linalg.LinAlgError, match="positive definite"):
            inverse(np.array(matrix))


def test_every_library_of_linear_algebra_uses_one_thread_inside() -> None:
    from threadpoolctl import threadpool_info

    before = threadpool_info()
    with one_thread():
        assert {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"} == {
            1
        }
    after = {library["filepath"]: library["num_threads"] for library in threadpool_info()}
    assert all(after[library["filepath"]] == library["num_threads"] for library in before)
