"""What every place where people are asked takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Self

import polars as pl

from palate.asking.overlap import DynamicOverlap, FixedOverlap
from palate.asking.page_mix import PageMix
from palate.asking.pay import pool_cost
from palate.core.errors import InputError, PalateError, SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.randomness import Seed
from palate.platforms._estimate import Bonus, Estimate, seconds_a_task

__all__ = ["Collected", "Platform", "Pool", "UnreachableError", "WaitingError"]


class WaitingError(PalateError):
    """People have not answered yet: nothing is wrong; the same run goes on later where it stopped."""


class UnreachableError(PalateError):
    """A platform cannot be reached or is too busy now: the same run goes on later where it stopped."""


@dataclass(frozen=True)
class Pool:
    """Tasks published together with one price and one overlap.

    Args:
        tasks: Columns ``task`` and, for people, ``shown`` (what they see, a JSON object by the fields of the
            template); for the simulated platform ``truth``.
        labels: The labels annotators choose from, in order if they are grades.
        golden: Known answers, columns ``task, label``: hidden among the tasks, each page holds some. These
            tasks are also rows of ``tasks``; what they are is known, so overlap does not apply to them.
        overlap: Answers every task that is not golden gets at least.
        overlap_max: Answers such a task gets at most.
        agreed_share: A task is asked on, up to ``overlap_max``, until a label has this share of its answers.
        page_size: Tasks shown and paid together.
        reward: Paid for a page, US dollars.
        golden_per_page: Golden tasks on every page (as far as an annotator has not seen them).
        ordered: Whether labels are grades, so that near labels are likelier errors than far ones.
        title: What is asked, in a few words.
        template: The task template by which people are asked.
        template_settings: Its settings: the question, the labels' words.
        instructions: What people read first, Markdown.
        round: The round of a study that asks it, from 1.

    Raises:
        SettingsError: The numbers do not fit together.
        InputError: The tables do not.
    """

    tasks: pl.DataFrame
    labels: tuple[str, ...]
    golden: pl.DataFrame | None = None
    overlap: int = 3
    overlap_max: int = 5
    agreed_share: float = 0.75
    page_size: int = 10
    reward: Decimal = Decimal("0.05")
    golden_per_page: int = 1
    ordered: bool = True
    title: str = ""
    template: str = ""
    template_settings: Mapping[str, Any] = field(default_factory=dict)
    instructions: str = ""
    round: int = 1

    def __post_init__(self) -> None:
        self._check_numbers()
        self._check_tables()

    def _check_numbers(self) -> None:
        if not 1 <= self.overlap <= self.overlap_max:
            raise SettingsError(
                f"'overlap' must be at least 1 and at most 'overlap_max'; they are {self.overlap} and"
                f" {self.overlap_max}."
            )
        if not 0 <= self.agreed_share <= 1:
            raise SettingsError(f"'agreed_share' must be from 0 to 1; it is {self.agreed_share:g}.")
        if not 0 <= self.golden_per_page < self.page_size:
            raise SettingsError(
                f"'golden_per_page' must leave room on a page; it is {self.golden_per_page} of {self.page_size}."
            )
        if not isinstance(self.reward, Decimal) or not self.reward.is_finite() or self.reward < 0:
            raise SettingsError(f"'reward' must be a Decimal, US dollars from 0; it is {self.reward!r}.")
        if len(set(self.labels)) < max(2, len(self.labels)):
            raise SettingsError(f"'labels' must be two different ones or more; they are {self.labels}.")

    def _check_tables(self) -> None:
        if "task" not in self.tasks.columns or self.tasks.is_empty():
            raise InputError("A pool needs tasks, with the column 'task'.", where="tasks")
        if self.tasks["task"].is_duplicated().any():
            raise InputError("A task stands in the pool twice.", where="tasks", column="task")
        if self.golden is None:
            return
        missing = {"task", "label"} - set(self.golden.columns)
        if missing:
            raise InputError(f"Golden tasks need the columns {', '.join(sorted(missing))}.", where="golden")
        if self.golden["task"].dtype != self.tasks["task"].dtype:
            raise InputError(
                f"Golden tasks are named by {self.golden['task'].dtype}, tasks by {self.tasks['task'].dtype}."
                " Make them one type.",
                where="golden",
                column="task",
            )
        if self.golden["task"].is_duplicated().any():
            raise InputError("A task is golden twice.", where="golden", column="task")
        strange = self.golden.filter(~pl.col("task").is_in(self.tasks["task"].implode()))
        if len(strange):
            raise InputError(
                f"The golden task {strange['task'][0]!r} is not among the tasks ({len(strange):,} such).",
                where="golden",
                column="task",
            )
        if len(self.golden) >= len(self.tasks):
            raise InputError("All tasks are golden, so there is nothing to find out.", where="golden")


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
    asks_more_where_answers_disagree: ClassVar[bool] = True
    """Whether tasks get up to ``overlap_max`` answers; else all get ``overlap``."""
    pays_bonuses: ClassVar[bool] = False
    """Whether :meth:`pay` pays; else bonuses are paid by hand."""

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

        Raises:
            WaitingError: People have not answered yet, and waiting has an end; asking again goes on.
        """

    def publish(self, pool: Pool, *, seed: Seed = 0) -> None:  # noqa: B027 (nothing to do where answers come at once)
        """Put a pool before people without waiting for them, so that several pools can be answered side by side.

        Asking publishes too; what is published is not published again.
        """

    def estimate(self, pool: Pool, *, seconds_per_page: float | None = None) -> Estimate:
        """Return what a pool will cost and pay here, fees included.

        Args:
            pool: What will be asked.
            seconds_per_page: The median of pages like these, where it is known; else it is guessed by the template.
        """
        known = 0 if pool.golden is None else len(pool.golden)
        n_golden = pool.golden_per_page if known else 0
        asks_more = self.asks_more_where_answers_disagree and pool.overlap_max > pool.overlap
        least, most = pool_cost(
            PageMix(real=pool.page_size - n_golden, golden=n_golden),
            len(pool.tasks) - known,
            DynamicOverlap(pool.overlap, pool.overlap_max) if asks_more else FixedOverlap(pool.overlap),
            pool.reward,
        )
        fee = self.page_fee(pool)
        guess = seconds_a_task(pool.template) * pool.page_size
        return Estimate(
            answers=(len(pool.tasks) - known) * pool.overlap,
            pages=least.pages,
            reward=pool.reward,
            rewards=least.rewards,
            fees=least.pages * fee,
            most=most.pages * (pool.reward + fee),
            seconds_per_page=guess if seconds_per_page is None else seconds_per_page,
            measured=seconds_per_page is not None,
        )

    def page_fee(self, pool: Pool) -> Decimal:  # noqa: ARG002 (of other platforms it depends on the pool)
        """Return what the platform takes on top of the reward of each page, US dollars."""
        return Decimal(0)

    def shortcomings(self, pool: Pool) -> tuple[str, ...]:  # noqa: ARG002 (a platform that can do all looks at nothing)
        """Return what the platform cannot do of what the pool wants, a sentence each, before money is spent."""
        return ()

    def pay(self, pool: Pool, bonuses: Sequence[Bonus]) -> Decimal:  # noqa: ARG002 (the same)
        """Pay bonuses to annotators of a pool, to each one once, however often it is called; return what was paid now.

        Raises:
            PalateError: The platform cannot, or refuses.
        """
        owed = [one for one in bonuses if one.bonus]
        if not owed:
            return Decimal(0)
        listed = ", ".join(f"{one.annotator} ${one.bonus:f}" for one in owed[:20])
        more = f" and {len(owed) - 20:,} more" if len(owed) > 20 else ""
        raise PalateError(f"This platform pays no bonuses. Pay by hand: {listed}{more}.")

    def within(self, directory: Path) -> Self:  # noqa: ARG002 (most keep no files)
        """Return the platform with the paths of its settings taken from a directory, such as a study's."""
        return self
