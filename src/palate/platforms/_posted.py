"""Platforms where a pool is published, people answer in their own time, and answers are fetched."""

from __future__ import annotations

import re
import time
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import polars as pl

from palate.core.errors import SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.randomness import Seed
from palate.platforms._memory import Memory
from palate.platforms._questions import pool_mark
from palate.platforms.base import Collected, Platform, Pool, WaitingError

__all__ = ["PostedPlatform", "Standing", "answer_table", "collected"]

_COLUMNS = {
    "task": pl.String,
    "annotator": pl.String,
    "label": pl.String,
    "seconds": pl.Float64,
    "submitted_at": pl.Float64,
    "page": pl.Int64,
}


@dataclass(frozen=True)
class Standing:
    """How far a pool is.

    Args:
        collected: What came so far.
        answers: How many of the answers wanted are there.
        wanted: How many are wanted.
        done: Whether no more is waited for.
        stalled: Whether none will come unless somebody does something.
        waiting_for: What to do until then, for people.
    """

    collected: Collected
    answers: int
    wanted: int
    done: bool
    stalled: bool = False
    waiting_for: str = ""


@dataclass(frozen=True)
class PostedPlatform(Platform):
    """Publishes, waits, collects. Stopped at any moment and run again, it goes on with what was published.

    Args:
        folder: Where it remembers what was published.
        hours: How long to wait for answers; then the run stops, and the next one goes on. 0 looks once, None waits
            for ever.
        seconds_between: How often it looks.
        language: Of questions and tasks; empty: the template's.
    """

    folder: str = "asked"
    hours: float | None = None
    seconds_between: float = 30.0
    language: str = ""

    def __post_init__(self) -> None:
        if self.seconds_between < 0 or (self.hours is not None and self.hours < 0):
            raise SettingsError("'seconds_between' and 'hours' must not be negative.")

    @abstractmethod
    def publish(self, pool: Pool, *, seed: Seed = 0) -> None:
        """Put the pool before people; a second time changes nothing, and what a crash left out is added."""

    @abstractmethod
    def standing(self, pool: Pool) -> Standing:
        """Return how far a published pool is; pages that came are reviewed."""

    @abstractmethod
    def pause(self, pool: Pool) -> None:
        """Hand out no more pages; those that people hold can be finished."""

    @abstractmethod
    def resume(self, pool: Pool) -> None:
        """Hand out pages again."""

    def ask(
        self,
        pool: Pool,
        *,
        seed: Seed = 0,
        now: float = 0.0,  # noqa: ARG002 (people answer when they do)
        progress: Progress = no_progress,
    ) -> Collected:
        """Return people's answers to all tasks of a pool; the tasks' column ``shown`` holds what they see.

        Raises:
            WaitingError: They are not all there yet; the next run goes on.
            InputError: The pool says nothing to show, or what came back cannot be read.
            PalateError: The platform cannot be reached, or refuses.
        """
        self.publish(pool, seed=seed)
        until = None if self.hours is None else time.monotonic() + self.hours * 3600
        while True:
            found = self.standing(pool)
            progress(found.answers, max(found.wanted, found.answers))
            if found.done:
                return found.collected
            paused = bool(self.memory(pool).get("paused"))
            late = until is not None and time.monotonic() + self.seconds_between > until
            if late or paused or found.stalled:
                why = "The pool is paused." if paused else found.waiting_for
                raise WaitingError(
                    f"{found.answers:,} of {found.wanted:,} answers are there. {why} Then run the same again: it goes"
                    " on where it stopped."
                )
            time.sleep(self.seconds_between)

    def within(self, directory: Path) -> Self:
        """Return the platform with its folder in a directory, such as a study's."""
        return replace(self, folder=str(directory / Path(self.folder).expanduser()))

    def home(self, pool: Pool) -> Path:
        """Return the folder of a pool: its title and its mark."""
        words = re.sub(r"[^a-z0-9]+", "-", pool.title.casefold()).strip("-")[:40]
        return Path(self.folder).expanduser() / "-".join(filter(None, [words, pool_mark(pool)[:12]]))

    def memory(self, pool: Pool) -> Memory:
        """Return what is remembered of a pool."""
        return Memory(self.home(pool) / "published.json")


def answer_table(rows: Sequence[Sequence[Any]], pool: Pool) -> pl.DataFrame:
    """Return answers as a table, tasks under the pool's own names, without labels that judge nothing.

    Somebody's second answer to a task is left out; which comes first is decided by the time, then by the order given.

    Args:
        rows: task, annotator, label, seconds, submitted_at, page; the page as any value.
        pool: What was asked.
    """
    pages = {page: number for number, page in enumerate(dict.fromkeys(row[5] for row in rows), start=1)}
    table = pl.DataFrame(
        [[*row[:5], pages[row[5]]] for row in rows], schema=_COLUMNS, orient="row", strict=False
    ).sort("submitted_at", "page", maintain_order=True, nulls_last=True)
    first = table.unique(["task", "annotator"], keep="first", maintain_order=True)
    named = dict(zip(pool.tasks["task"].cast(pl.String), pool.tasks["task"], strict=True))
    return first.with_columns(
        pl.Series("task", [named[task] for task in first["task"]], dtype=pool.tasks["task"].dtype)
    ).filter(pl.col("label").is_in(list(pool.labels)))


def collected(rows: Sequence[Sequence[Any]], pool: Pool, *, pages: int, cost: Decimal) -> Collected:
    """Return rows of answers (see :func:`answer_table`) with what was paid for them."""
    answers = answer_table(rows, pool)
    return Collected(answers, answers.select(pl.col("annotator").unique().sort()), pages, cost)
