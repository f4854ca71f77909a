"""A bar that shows how far long work is, where somebody looks: a terminal or a notebook."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from palate.core.progress import Progress, no_progress

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """Yield a callback that draws a bar on standard error while the block runs; nothing where no one looks."""
    if not (sys.stderr.isatty() or "ipykernel" in sys.modules):
        yield no_progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield show
