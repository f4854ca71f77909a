"""What a step of a study is, and what it is handed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from palate.core.progress import Progress
from palate.study.artifacts import artifact, read_artifact
from palate.study.settings import StudySettings

__all__ = ["Step", "StepContext"]


@dataclass(frozen=True)
class StepContext:
    """All that a step may look at, and where it writes.

    Args:
        study: The study's directory.
        out: An empty directory for the step's files; it becomes ``study / step`` when the step is done.
        settings: The whole of ``palate.toml``.
        progress: Called with (units done, units of work).
    """

    study: Path
    out: Path
    settings: StudySettings
    progress: Progress

    @property
    def seed(self) -> int:
        """The study's seed."""
        return self.settings.study.seed

    def read(self, step: str, name: str) -> pl.DataFrame:
        """Return a table that an earlier step wrote."""
        return read_artifact(self.study, step, name)

    def path(self, step: str, name: str) -> Path:
        """Return the path of a file that an earlier step wrote."""
        return artifact(self.study, step, name)

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
        needs: Earlier steps whose files it reads.
        sections: Tables of ``palate.toml`` that change its result.
        run: Writes the files; returns one sentence on what came out.
        sources: Returns the hash of everything outside the study that it reads.
    """

    name: str
    title: str
    needs: tuple[str, ...]
    sections: tuple[str, ...]
    run: Callable[[StepContext], str]
    sources: Callable[[StudySettings, Path], dict[str, str]] = _no_sources
