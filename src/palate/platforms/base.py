"""What every place where people are asked takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

import polars as pl

from palate.core.progress import Progress, no_progress
from palate.core.randomness import Seed

__all__ = ["Collected", "Platform", "Pool"]


@dataclass(frozen=True)
class Pool:
    """Tasks published together with one price and one overlap.

    Args:
        tasks: Columns ``task`` and whatever is shown; for the simulated platform also ``truth``.
        labels: The labels annotators choose from, in order if they are grades.
        golden: Known answers, columns ``task, label``: hidden among the tasks, each page holds some. These
            tasks are also rows of ``tasks``.
        overlap: Answers every task gets at least.
        overlap_max: Answers a task gets at most: it is asked on while no label has two thirds of its answers.
        page_size: Tasks shown and paid together.
        reward: Paid for a page, US dollars.
        golden_per_page: Golden tasks on every page (as far as an annotator has not seen them).
        ordered: Whether labels are grades, so that near labels are likelier errors than far ones.
    """

    tasks: pl.DataFrame
    labels: tuple[str, ...]
    golden: pl.DataFrame | None = None
    overlap: int = 3
    overlap_max: int = 5
    page_size: int = 10
    reward: Decimal = Decimal("0.05")
    golden_per_page: int = 1
    ordered: bool = True


@dataclass(frozen=True)
class Collected:
    """What a platform brought back.

    Args:
        answers: Columns ``task, annotator, label, seconds, submitted_at`` and ``page``; golden answers too.
        annotators: One row an annotator: ``annotator`` and what the platform knows (``kind, true_skill``
            where they are simulated).
        pages: How many pages were paid.
        cost: What was paid, US dollars.
    """

    answers: pl.DataFrame
    annotators: pl.DataFrame
    pages: int
    cost: Decimal


@dataclass(frozen=True)
class Platform(ABC):
    """Settings of one place where people are asked."""

    simulated: ClassVar[bool] = False
    """Whether answers are drawn from a model of annotators instead of given by people."""

    @abstractmethod
    def ask(
        self, pool: Pool, *, seed: Seed = 0, now: float = 0.0, progress: Progress = no_progress
    ) -> Collected:
        """Return the answers to all tasks of a pool.

        Args:
            pool: What to ask, for how much, of how many.
            seed: For what is random.
            now: When it starts, seconds since 1970 UTC.
            progress: Called with (answers had, answers expected).
        """
