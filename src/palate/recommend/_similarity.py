"""How alike the rows of a matrix of zeros and ones are: items by their users, users by their items."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse

from palate.core.errors import SettingsError
from palate.core.partitions import available_threads
from palate.core.progress import Progress
from palate.core.settings import check_counts

__all__ = ["SIMILARITIES", "Matrix", "Similarity", "check_similarity", "column_weights", "nearest"]

Similarity = Literal["cosine", "jaccard", "tfidf", "bm25"]
"""What makes two rows alike; :func:`nearest` has the formulas."""

SIMILARITIES: tuple[Similarity, ...] = ("cosine", "jaccard", "tfidf", "bm25")

FloatArray = npt.NDArray[np.float64]
Matrix = Any
"""A scipy sparse matrix in rows of float64; their stubs lose the type in products."""

_K1, _B = 1.2, 0.75
"""Of BM25, as usual for texts and as ``implicit`` has them."""

_BLOCK_ROWS = 1024
"""Rows of a block: enough work for a thread, and their neighbours take little memory."""


def check_similarity(similarity: str, neighbours: int, shrinkage: float) -> None:
    """Refuse settings that :func:`nearest` cannot take.

    Raises:
        SettingsError: It cannot.
    """
    check_counts(neighbours=neighbours)
    if not 0 <= shrinkage < np.inf:
        raise SettingsError(f"'shrinkage' must be at least 0; it is {shrinkage:g}.")
    if similarity not in SIMILARITIES:
        raise SettingsError(f"'similarity' must be one of {', '.join(SIMILARITIES)}; it is {similarity!r}.")


def nearest(
    matrix: Matrix, similarity: Similarity, neighbours: int, shrinkage: float, progress: Progress
) -> sparse.csr_array[np.float64]:
    """Return how similar each row's nearest others are, shape (n_rows, n_rows): row i holds i's neighbours.

    With S(i) the columns that row i has, n rows, d(c) rows that have column c, l(i) = |S(i)| and its mean l:

    - cosine: |S(i) ∩ S(j)| / (sqrt(l(i) l(j)) + shrinkage);
    - jaccard: |S(i) ∩ S(j)| / (|S(i) ∪ S(j)| + shrinkage);
    - tfidf: the cosine of vectors with ln(n / (1 + d(c))) in column c, shrinkage as above;
    - bm25: the product of vectors with ln(n / (1 + d(c))) (k1 + 1) / (k1 (1 - b + b l(i) / l) + 1),
      k1 = 1.2, b = 0.75 (Robertson and Walker, 1994), over 1 + shrinkage, which changes no order.

    A logarithm below 0, of a column that all rows have, counts as 0. Rows that share nothing are no
    neighbours, and no row is its own.

    Args:
        matrix: In rows, ones only, columns sorted in each row.
        similarity: One of the above.
        neighbours: Most neighbours of a row; of equally similar ones those that come first.
        shrinkage: Pulls the similarity of rows with few columns towards 0.
        progress: Called with (rows done, rows in all).
    """
    from palate.recommend._similarity_kernel import BM25, COSINE, JACCARD, nearest_rows

    by_column: Matrix = matrix.T.tocsr()
    weights = column_weights(matrix, similarity)
    kind = {"cosine": COSINE, "tfidf": COSINE, "jaccard": JACCARD, "bm25": BM25}[similarity]
    sizes = _lengths(matrix) if similarity == "bm25" else matrix @ weights
    n_rows = matrix.shape[0]

    def block(start: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], FloatArray]:
        stop = min(start + _BLOCK_ROWS, n_rows)
        most = min(neighbours, max(n_rows - 1, 1))
        codes = np.empty((stop - start, most), dtype=np.int32)
        similarities = np.empty((stop - start, most))
        lines = (matrix.indptr, matrix.indices, by_column.indptr, by_column.indices)
        counts = nearest_rows(
            start, stop, *lines, weights, sizes, kind, float(shrinkage), codes, similarities
        )
        filled = np.arange(most) < counts[:, None]
        return counts, codes[filled], similarities[filled]

    parts = []
    with ThreadPoolExecutor(available_threads()) as pool:
        for part in pool.map(block, range(0, n_rows, _BLOCK_ROWS)):
            parts.append(part)
            progress(min(len(parts) * _BLOCK_ROWS, n_rows), n_rows)
    counts, codes, similarities = (np.concatenate(part) for part in zip(*parts, strict=True))
    offsets = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    return sparse.csr_array((similarities, codes, offsets), shape=(n_rows, n_rows))


def column_weights(matrix: Matrix, similarity: Similarity) -> FloatArray:
    """Return what sharing each column adds to what two rows share, before it is divided by their sizes."""
    if similarity in {"cosine", "jaccard"}:
        return np.ones(matrix.shape[1])
    holders = np.bincount(matrix.indices, minlength=matrix.shape[1])
    rarity: FloatArray = np.maximum(np.log(matrix.shape[0]) - np.log1p(holders), 0.0)
    return rarity**2


def _lengths(matrix: Matrix) -> FloatArray:
    """Return BM25's weight of each row, shape (n_rows,): lower the more columns it has."""
    columns = np.diff(matrix.indptr).astype(np.float64)
    mean = columns.mean() or 1.0
    lengths: FloatArray = (_K1 + 1) / (_K1 * (1 - _B + _B * columns / mean) + 1)
    return lengths
