"""Grades drawn from their posterior."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from palate.core.randomness import generator
from palate.learning.base import FloatArray, LearningData

__all__ = ["drawn_grades"]


def drawn_grades(data: LearningData, seed: int, count: int) -> Iterator[FloatArray]:
    """Yield ``count`` draws of all grades, shape (n_rows,); the grades once where nothing is unsure of them."""
    if data.beliefs is None or bool((data.beliefs.shares.max(axis=1) == 1.0).all()):
        yield data.grades.astype(np.float64)
        return
    rng = generator(seed, "learn", "grades")
    below = data.beliefs.shares.cumsum(axis=1)[:, :-1]
    for _ in range(count):
        drawn = (rng.random((len(below), 1)) > below).sum(axis=1)
        yield data.beliefs.grades[drawn].astype(np.float64)
