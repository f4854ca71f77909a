"""Show a study's steps in the terminal: a bar while one runs, a line when it is done."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from palate.study import Step

__all__ = ["StepLines"]


class StepLines:
    """An observer of a study's run that prints to standard error.

    Args:
        stream: Where to; bars are drawn only on a terminal.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._number = ""

    def started(self, step: Step, number: int, total: int) -> None:
        """Draw the step's bar."""
        self._number = f"{number}/{total}"
        if not self._stream.isatty():
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
        )
        self._bar = Progress(*columns, console=Console(file=self._stream), transient=True)
        self._task = self._bar.add_task(f"{self._number} {step.title}", total=None)
        self._bar.start()

    def progress(self, done: int, total: int) -> None:
        """Move the step's bar."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total)

    def noted(self, text: str) -> None:
        """Print a sentence above the bar."""
        if self._bar is None:
            self._stream.write(f"{self._number} {text}\n")
            self._stream.flush()
        else:
            self._bar.console.print(f"{self._number} {text}", markup=False, highlight=False, soft_wrap=True)

    def finished(self, step: Step, summary: str, seconds: float | None) -> None:
        """Replace the bar by what came out."""
        self.stop()
        took = "unchanged" if seconds is None else f"{seconds:.1f} s"
        self._stream.write(f"{self._number} {step.title:<34} {took:>9}  {summary}\n")
        self._stream.flush()

    def stop(self) -> None:
        """Take the bar away, if one is drawn."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = self._task = None
