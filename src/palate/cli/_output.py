"""How commands show results: tables for people, JSON for machines, files for the next command."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from palate.client import progress_bar

if TYPE_CHECKING:
    import polars as pl

__all__ = ["counted", "notes", "progress_bar", "save", "say", "show_json", "show_table"]

_ROWS_SHOWN = 20
_WIDTH_WHEN_PIPED = 120


def say(text: str) -> None:
    """Print a line for people on standard error, so that standard output stays the result."""
    sys.stderr.write(text + "\n")


def counted(number: int, thing: str) -> str:
    """Return a number with what there is of it.

    >>> counted(1, "annotator"), counted(2_500, "judgment")
    ('1 annotator', '2,500 judgments')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def notes(lines: Iterable[str]) -> None:
    """Print what the user should know about the result, a line each."""
    for line in lines:
        say(f"Note: {line}")


def save(frame: pl.DataFrame, output: Path, what: str) -> None:
    """Write a table where the user wants it, and say so."""
    from palate.core.files import write_file

    write_file(frame, output)
    if str(output) != "-":
        say(f"{len(frame):,} {what} in {output}")


def show_json(value: Any) -> None:
    """Print a value, or a frame as a list of objects."""
    json.dump(_plain(value), sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
    sys.stdout.write("\n")


def show_table(frame: pl.DataFrame, title: str | None = None, *, rows: int = _ROWS_SHOWN) -> None:
    """Print the first rows of a table, numbers to four digits, right-aligned."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from palate.core.tables import TABLES

    ids = {
        column.name for declared in TABLES for column in declared.columns if column.type in {"id", "label"}
    }
    console = Console(width=None if sys.stdout.isatty() else _WIDTH_WHEN_PIPED)
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False)
    for name, dtype in frame.schema.items():
        table.add_column(name, justify="right" if dtype.is_numeric() else "left", overflow="fold")
    for row in frame.head(rows).iter_rows():
        cells = zip(frame.columns, row, strict=True)
        table.add_row(*(_cell(value, plain=name in ids) for name, value in cells))
    console.print(table)
    if len(frame) > rows:
        console.print(f"… and {len(frame) - rows:,} rows more; -o FILE keeps them all.", style="dim")


def _cell(value: Any, *, plain: bool) -> str:
    if value is None:
        return "–"
    if plain:
        return str(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "–" if value != value else f"{value:.4f}"  # noqa: PLR0124 (NaN is the one value unlike itself)
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)


def _plain(value: Any) -> Any:
    """Return what JSON can hold: frames as lists of objects, numpy's numbers as Python's, NaN as null, decimals as text."""
    from decimal import Decimal

    if type(value).__module__ == "numpy":
        value = value.item()
    if hasattr(value, "to_dicts"):
        return _plain(value.to_dicts())
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not -float("inf") < value < float("inf"):
        return None
    if isinstance(value, (Decimal, Path)):
        return str(value)
    return value
