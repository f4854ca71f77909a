"""What a step of a study is, and what it is handed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from palate.core.progress import Progress
from palate.study.artifacts import read_artifact
from palate.study.settings import StudySettings

__all__ = ["LOOP", "Step", "StepContext", "in_round"]

LOOP = ("sample", "ask", "aggregate", "evaluate", "learn")
"""Steps that every round has for itself; the others are the same in all rounds."""


def in_round(step: str, number: int) -> str:
    """Return what a step of the loop is called in a round.

    >>> in_round("ask", 1), in_round("ask", 2)
    ('ask', 'ask-2')
    """
    return step if number == 1 else f"{step}-{number}"


def _unread(_text: str) -> None:
    """Show nothing."""


@dataclass(frozen=True)
class StepContext:
    """All that a step may look at, and where it writes.

    Args:
        study: The study's directory.
        out: An empty directory for the step's files; it becomes ``study / step`` when the step is done.
        settings: The whole of ``palate.toml``.
        progress: Called with (units done, units of work).
        round: The round of the loop that the step belongs to, from 1.
        note: Called with a sentence that people should read while the step runs.
    """

    study: Path
    out: Path
    settings: StudySettings
    progress: Progress
    round: int = 1
    note: Callable[[str], None] = _unread

    @property
    def seed(self) -> int:
        """The study's seed."""
        return self.settings.study.seed

    def read(self, step: str, name: str, number: int | None = None) -> pl.DataFrame:
        """Return a table that an earlier step wrote: in this round, or in that of the ``number``."""
        if step in LOOP:
            step = in_round(step, self.round if number is None else number)
        return read_artifact(self.study, step, name)

    def read_all(self, step: str, name: str) -> pl.DataFrame:
        """Return what a step of the loop wrote in all rounds up to this one, one below the other."""
        return pl.concat([self.read(step, name, number) for number in range(1, self.round + 1)])

    def write(self, name: str, frame: pl.DataFrame) -> None:
        """Write a table of this step."""
        frame.write_parquet(self.out / f"{name}.parquet")


def _no_sources(_settings: StudySettings, _study: Path) -> dict[str, str]:
    return {}


@dataclass(frozen=True)
class Step:
    """One step of the loop.

    Args:
        name: Its name, its directory's name, and its name in ``--from`` and ``--to``.
        title: What it does, for people.
        needs: Earlier steps whose files it reads, or single files, such as ``learn/runs.parquet``: where asking
            depends on a file, a change beside it does not ask anybody again.
        sections: Tables of ``palate.toml`` that change its result.
        run: Writes the files; returns one sentence on what came out.
        sources: Returns the hash of everything outside the study that it reads.
        round: The round of the loop that it belongs to, from 1.
    """

    name: str
    title: str
    needs: tuple[str, ...]
    sections: tuple[str, ...]
    run: Callable[[StepContext], str]
    sources: Callable[[StudySettings, Path], dict[str, str]] = _no_sources
    round: int = 1

    @property
    def of_round(self) -> bool:
        """Whether every round has such a step for itself."""
        return any(self.name == in_round(step, self.round) for step in LOOP)
