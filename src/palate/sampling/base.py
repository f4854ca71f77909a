"""What every sampler takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from palate.core.randomness import Seed, generator
from palate.sampling._drawing import draw
from palate.sampling._tasks import graded_tasks

__all__ = ["FrameSampler", "RoundSampler", "Sampler"]


@dataclass(frozen=True)
class Sampler(ABC):
    """Settings of one way to choose what people are asked."""

    counted: ClassVar[str | None] = None
    """The setting that says how many tasks to take at most, if there is one."""

    @abstractmethod
    def sample(self, runs: pl.DataFrame, seed: Seed = 0) -> pl.DataFrame:
        """Return tasks drawn from ``runs`` (checked ``palate.core.tables.RUNS`` with ``system`` and ``rank``).

        Graded samplers return ``task, query, item, inclusion``; side-by-side ones
        ``task, query, left, right, inclusion`` (left and right are systems or items) and may add what they know
        of the pair. ``inclusion`` is the probability, in (0, 1], with which this sampler takes the task; samplers
        whose choice depends on answers know none and have no such column.
        """


@dataclass(frozen=True)
class FrameSampler(Sampler):
    """A sampler that knows the probability of everything it could ask about, before anything is drawn."""

    @abstractmethod
    def frame(self, runs: pl.DataFrame) -> pl.DataFrame:
        """Return what can be drawn: columns ``query, item, inclusion`` (and ``stratum``), by query and item.

        What is not there has inclusion 0: nothing can be said about it from the sample.
        """

    def sample(self, runs: pl.DataFrame, seed: Seed = 0) -> pl.DataFrame:
        """Return the drawn tasks, columns ``task, query, item, inclusion`` (and ``stratum``).

        The sample has a fixed size, or one of two neighbouring ones where the inclusions do not add up to a whole
        number; so has its part in every query and stratum. Drawn by the pivotal method in random order.
        """
        frame = self.frame(runs)
        rng = generator(seed, "sample", type(self).__name__)
        parts = [name for name in ("query", "stratum") if name in frame.columns]
        mixed = frame.with_columns(lot=rng.random(len(frame))).sort(*parts, "lot").drop("lot")
        return graded_tasks(mixed.filter(draw(mixed["inclusion"].to_numpy(), rng)))


@dataclass(frozen=True)
class RoundSampler(Sampler):
    """A sampler that chooses by what people answered so far, in rounds."""

    @abstractmethod
    def next_tasks(
        self, runs: pl.DataFrame, found: pl.DataFrame | None = None, seed: Seed = 0
    ) -> pl.DataFrame:
        """Return the tasks of the next round, without ``inclusion``; no rows when nothing is left to ask.

        Args:
            runs: As for ``sample``.
            found: All that was found so far: ``query, item, grade`` for graded tasks, or
                ``left, right, label`` (and ``query``, where there are several) for pairs.
            seed: For what is left to chance; give another one each round.
        """

    def sample(self, runs: pl.DataFrame, seed: Seed = 0) -> pl.DataFrame:
        """Return the tasks of the first round."""
        return self.next_tasks(runs, None, seed)
