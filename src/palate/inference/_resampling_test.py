"""Paired tests that draw: several comparisons share what is drawn."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from palate.core.randomness import Seed, generator
from palate.core.resampling import check_resampling
from palate.inference._exact_sums import ExactSums
from palate.inference.base import FloatArray, Interval, KeptDraws, PairedTest

__all__ = ["ResamplingTest", "bootstrap_means"]

_HELD = 1 << 24
"""Means held in memory at a time (128 MiB)."""
_BLOCK = 1 << 18
"""Drawn queries held in memory at a time (2 MiB, which a processor holds near)."""
_FEW = 3
"""Rows below which adding up what was drawn is faster than counting it first."""


@dataclass(frozen=True)
class ResamplingTest(PairedTest):
    """A paired test whose result is read from means of differences over queries drawn at random.

    Args:
        confidence: Of the interval, in (0, 1).
        resamples: How many samples are drawn.

    Raises:
        SettingsError: ``confidence`` is not between 0 and 1, or there are too few resamples for it.
    """

    resamples: int = 10_000

    def __post_init__(self) -> None:
        super().__post_init__()
        check_resampling(self.resamples, self.confidence)

    @abstractmethod
    def draw(self, differences: FloatArray, seed: Seed) -> FloatArray:
        """Return means of each row, shape (n_rows, n_draws), over the same draws; NaN where one holds no query.

        They depend on nothing but the row, the seed and ``resamples``: neither on the other rows nor on
        ``confidence``.

        Args:
            differences: Shape (n_rows, n_queries).
            seed: For the draws.
        """

    @abstractmethod
    def read(self, differences: FloatArray, means: FloatArray) -> tuple[Interval, float]:
        """Return what :meth:`test` does from the differences, shape (n_queries,), and their drawn means."""

    def test(self, differences: FloatArray, seed: Seed) -> tuple[Interval, float]:
        """Return the interval and the p-value of the mean difference."""
        return self.read(differences, self.draw(differences[np.newaxis], seed)[0])

    def test_many(
        self, differences: Sequence[FloatArray], seed: Seed, kept: KeptDraws | None = None
    ) -> list[tuple[Interval, float]]:
        """Return what :meth:`test` does of each; those over as many queries share what is drawn."""
        kept = {} if kept is None else kept
        places: dict[int, list[int]] = {}
        for place, row in enumerate(differences):
            places.setdefault(len(row), []).append(place)
        found: dict[int, tuple[Interval, float]] = {}
        together = max(1, _HELD // (2 * self.resamples))
        for same in places.values():
            for start in range(0, len(same), together):
                part = same[start : start + together]
                rows = np.stack([differences[place] for place in part])
                means = self._kept_or_drawn(rows, seed, kept, start)
                found.update((p, self.read(differences[p], m)) for p, m in zip(part, means, strict=True))
        return [found[place] for place in range(len(differences))]

    def _kept_or_drawn(self, rows: FloatArray, seed: Seed, kept: KeptDraws, start: int) -> FloatArray:
        key = (rows.shape[1], start, self.resamples)
        if key in kept:
            return kept[key]
        means = self.draw(rows, seed)
        if means.size + sum(earlier.size for earlier in kept.values()) <= _HELD:
            kept[key] = means
        return means


def bootstrap_means(differences: FloatArray, resamples: int, seed: Seed) -> FloatArray:
    """Return the mean of each row over ``resamples`` samples of its columns, drawn with replacement.

    The samples are those of :func:`palate.core.resampling.resampled_means`; of several rows a sample is added up as
    how often it holds each column, in one matrix product.

    Args:
        differences: Shape (n_rows, n).
        resamples: How many samples.
        seed: For the draws.

    Returns:
        float64, shape (n_rows, resamples).
    """
    rng, exact = generator(seed, "bootstrap"), ExactSums.of(differences)
    n = differences.shape[1]
    means = np.empty((len(differences), resamples))
    block = max(1, _BLOCK // n)
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        drawn = rng.integers(0, n, size=(size, n))
        if len(differences) < _FEW:
            sums = exact.picked(drawn)
        else:
            drawn += n * np.arange(size)[:, np.newaxis]
            counts = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)
            sums = exact.weighted(counts.astype(np.float64))
        means[:, start : start + size] = sums / n
    return means
