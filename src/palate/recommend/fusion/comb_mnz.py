"""Add up scores, and multiply by how many systems found the item."""

from __future__ import annotations

from dataclasses import dataclass

from palate.recommend.fusion.base import CodedRuns, FloatArray
from palate.recommend.fusion.comb_sum import CombSUM

__all__ = ["CombMNZ"]


@dataclass(frozen=True)
class CombMNZ(CombSUM):
    """Sum over systems of an item's score on one scale, times the systems that rank it. Fox and Shaw, TREC-2, 1994.

    What several systems found rises more than by :class:`CombSUM`. Scores are at least 0 by any normalization, so that
    more systems never lower an item.

    Args:
        normalization: As of :class:`CombSUM`.

    Raises:
        SettingsError: There is no such normalization.
    """

    def fuse(self, runs: CodedRuns) -> FloatArray:
        """Multiply the sums by the numbers of systems."""
        found: FloatArray = super().fuse(runs) * runs.ranked.sum(axis=0)
        return found
