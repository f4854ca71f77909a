"""What commands that write a page share: what it is called, input that is read twice, and the word that it is there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from palate.cli._options import shown_name

if TYPE_CHECKING:
    from palate.core.frames import IntoTable
    from palate.report._findings import Found
    from palate.report._sheets import Sheet

__all__ = ["named_together", "read_once", "write_finding", "write_page"]

_NAMED = 3
"""As many runs are named; of more only their number."""


_FILES = 5
"""Files that a page's head names; the others are counted."""


def named_together(runs: Sequence[str], judgments: str) -> str:
    """Return what a page calls runs and judgments.

    >>> named_together(["runs/a.trec", "b.trec"], "q.txt"), named_together(["a", "b", "c", "d"], "q.txt")
    ('a.trec, b.trec on q.txt', '4 runs on q.txt')
    """
    names = ", ".join(map(shown_name, runs)) if len(runs) <= _NAMED else f"{len(runs):,} runs"
    return f"{names} on {shown_name(judgments)}"


def read_once(runs: Sequence[str], judgments: str) -> tuple[list[Any], IntoTable]:
    """Return runs and judgments with standard input as a table, since it can be read only once."""
    from palate.core.frames import read_table
    from palate.core.tables import JUDGMENTS
    from palate.measures import read_runs

    kept = [read_runs([run]) if run == "-" else run for run in runs]
    return kept, read_table(judgments, JUDGMENTS) if judgments == "-" else judgments


def write_finding(found: Found, sources: Sequence[str | None], report: Path | None) -> None:
    """Write the page or picture of what a command found, if one is wanted.

    Args:
        found: As :class:`palate.report.FindingSheet` takes it.
        sources: The files it rests on; None where one was not given.
        report: Where to write it; None does nothing.
    """
    if report is None:
        return
    from palate._version import __version__
    from palate.report import FindingSheet

    names = [shown_name(source) for source in sources if source is not None]
    if len(names) > _FILES:
        names = [*names[:_FILES], f"and {len(names) - _FILES:,} more"]
    write_page(FindingSheet(", ".join(names), __version__, found), report)


def write_page(sheet: Sheet, report: Path) -> None:
    """Write the page or picture, and say where."""
    from palate.cli._output import say
    from palate.report import write_sheet

    write_sheet(sheet, report)
    say(f"Report: {report}")
