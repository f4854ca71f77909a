"""Sparse matrices and recommenders inside others, as the arrays that a file keeps."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from palate.recommend.base import Arrays

__all__ = ["matrix_arrays", "matrix_from", "nested", "prefixed"]


def matrix_arrays(name: str, matrix: Any) -> dict[str, npt.NDArray[Any]]:
    """Return a sparse matrix in rows as arrays called ``name/...``; :func:`matrix_from` makes it again.

    >>> sorted(matrix_arrays("likes", sparse.csr_array(np.eye(2))))
    ['likes/data', 'likes/indices', 'likes/indptr', 'likes/shape']
    """
    return {
        f"{name}/data": matrix.data,
        f"{name}/indices": matrix.indices,
        f"{name}/indptr": matrix.indptr,
        f"{name}/shape": np.array(matrix.shape, dtype=np.int64),
    }


def matrix_from(name: str, arrays: Arrays) -> sparse.csr_array[Any]:
    """Return the sparse matrix that :func:`matrix_arrays` took apart.

    Raises:
        KeyError: An array is missing.
        ValueError: The arrays do not fit one another.
    """
    parts = (arrays[f"{name}/data"], arrays[f"{name}/indices"], arrays[f"{name}/indptr"])
    rows, columns = arrays[f"{name}/shape"].tolist()
    return sparse.csr_array(parts, shape=(rows, columns))


def prefixed(prefix: str, arrays: Arrays) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays with ``prefix/`` before their names, so that one file holds several recommenders'."""
    return {f"{prefix}/{name}": values for name, values in arrays.items()}


def nested(prefix: str, arrays: Arrays) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays that :func:`prefixed` put under ``prefix``, by their own names."""
    start = f"{prefix}/"
    return {name.removeprefix(start): values for name, values in arrays.items() if name.startswith(start)}
