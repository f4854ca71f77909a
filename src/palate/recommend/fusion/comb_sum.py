"""Add up scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.recommend.fusion._normalized import Normalization, check_normalization, normalized_scores
from palate.recommend.fusion.base import CodedRuns, FloatArray, Fusion

__all__ = ["CombSUM"]


@dataclass(frozen=True)
class CombSUM(Fusion):
    """Sum over systems of an item's score on one scale. Fox and Shaw, TREC-2, 1994.

    Args:
        normalization: ``min_max`` (Lee, SIGIR 1997), ``z`` or ``none``: what becomes of a ranking's scores first.

    Raises:
        SettingsError: There is no such normalization.
    """

    needs_scores: ClassVar[bool] = True

    normalization: Normalization = "min_max"

    def __post_init__(self) -> None:
        check_normalization(self.normalization)

    def fuse(self, runs: CodedRuns) -> FloatArray:
        """Add up the scores."""
        scores = np.sort(normalized_scores(runs, self.normalization), axis=0)
        total: FloatArray = scores.sum(axis=0)
        return total
