"""Weighted sums that do not depend on the order in which they are added up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.inference.base import FloatArray

__all__ = ["ExactSums"]

_BITS = 53
"""Of the whole numbers that a float holds."""
_FINEST = -1074
"""The exponent of the smallest float."""


@dataclass(frozen=True, eq=False)
class ExactSums:
    """Rows of values, ready to be added up many times with whole-numbered weights.

    Each value is split in two parts, one on a grid so coarse that sums of it are whole multiples of the grid below
    2^53, the other the same of what is left (Ogita, Rump and Oishi, Accurate sum and dot product, SIAM Journal on
    Scientific Computing, 2005, section 3). Sums of either are exact, whatever the order, the number of threads or of
    rows, and only the sum of both is rounded: it does not matter which method adds up.

    Args:
        parts: The coarse parts, then the fine ones, shape (2 n_rows, n).
    """

    parts: FloatArray

    @classmethod
    def of(cls, rows: FloatArray) -> ExactSums:
        """Return ``rows``, shape (n_rows, n), ready for weights that add up to no more than n."""
        largest = np.abs(rows).max(axis=1, keepdims=True)
        room = int(rows.shape[1]).bit_length()
        exponent = np.maximum(np.frexp(largest)[1] + room - _BITS, _FINEST)
        coarse = _on_grid(rows, exponent)
        fine = _on_grid(rows - coarse, np.maximum(exponent + room - _BITS, _FINEST))
        return cls(np.concatenate([coarse, fine]))

    def weighted(self, weights: FloatArray) -> FloatArray:
        """Return the sum of each row with each of ``weights``, shape (n_weights, n), as (n_rows, n_weights)."""
        return self._whole((weights @ self.parts.T).T)

    def picked(self, columns: npt.NDArray[np.int64]) -> FloatArray:
        """Return the sum of each row over each of ``columns``, shape (n_samples, n), as (n_rows, n_samples)."""
        return self._whole(np.stack([part.take(columns, mode="clip").sum(axis=1) for part in self.parts]))

    def pieces(self, row: int, columns: npt.NDArray[np.int64], starts: npt.NDArray[np.int64]) -> FloatArray:
        """Return the sums of a row over each of ``columns``, shape (n_samples, n), in pieces that begin at ``starts``.

        Returns:
            Shape (n_samples, n_pieces).
        """
        both = (self.parts[row], self.parts[row + len(self.parts) // 2])
        coarse, fine = (np.add.reduceat(part.take(columns, mode="clip"), starts, axis=1) for part in both)
        found: FloatArray = coarse + fine
        return found

    def _whole(self, sums: FloatArray) -> FloatArray:
        many = len(sums) // 2
        found: FloatArray = sums[:many] + sums[many:]
        return found


def _on_grid(values: FloatArray, exponent: FloatArray) -> FloatArray:
    """Return the nearest multiples of 2^exponent."""
    found: FloatArray = np.ldexp(np.rint(np.ldexp(values, -exponent)), exponent)
    return found
