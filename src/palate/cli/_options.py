"""Options that several commands share, so that they read and behave alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from palate.core.errors import InputError, SettingsError

__all__ = [
    "Confidence",
    "Interactions",
    "Json",
    "Measures",
    "Output",
    "Qrels",
    "QrelsIfNeeded",
    "Report",
    "Runs",
    "Seed",
    "Settings",
    "check_report",
    "naming",
    "parse_settings",
    "shown_name",
]

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", help="Write the result here (.csv, .parquet, .jsonl, .trec); - is standard output."
    ),
]
Report = Annotated[
    Path | None,
    typer.Option(
        "--report",
        "--picture",
        help="Write a page (.html) that opens offline, or its main picture (.svg, .png).",
        show_default=False,
    ),
]
Seed = Annotated[
    int, typer.Option("--seed", help="Seed of everything random; the same seed, the same result.")
]
Runs = Annotated[
    list[str],
    typer.Option(
        "--run",
        "-r",
        help="A run: TREC or CSV, also as .gz, or Parquet. Repeat for each system.",
        show_default=False,
    ),
]
Qrels = Annotated[
    str,
    typer.Option(
        "--qrels", "--judgments", "-j", help="Judgments: TREC qrels, CSV or Parquet.", show_default=False
    ),
]
QrelsIfNeeded = Annotated[
    str | None,
    typer.Option(
        "--qrels",
        "--judgments",
        "-j",
        help="Judgments: TREC qrels, CSV or Parquet. Most measures need them.",
        show_default=False,
    ),
]
Measures = Annotated[
    list[str] | None,
    typer.Option(
        "--measure",
        "-m",
        help="Such as nDCG@10, P(rel=2)@5, AP, RR, R@100. Repeat for several.",
        show_default=False,
    ),
]
Confidence = Annotated[float, typer.Option("--confidence", min=0.5, max=0.9999, help="Of the intervals.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help="A setting of the method: name=value. Repeat for several.", show_default=False
    ),
]
Interactions = Annotated[
    str,
    typer.Option(
        "--interactions",
        "-i",
        help="Interactions: user, item, and timestamp and value if known.",
        show_default=False,
    ),
]


def check_report(report: Path | None) -> None:
    """Refuse a name that says neither page nor picture, before anything is computed.

    Raises:
        OutputError: It does.
    """
    if report is not None:
        from palate.report import check_sheet_path

        check_sheet_path(report)


@contextmanager
def naming(**files: object) -> Iterator[None]:
    """Make errors about a table name the file it came from: ``naming(answers="answers.csv")``."""
    try:
        yield
    except InputError as error:
        file = files.get(error.where or "")
        if file is None:
            raise
        where = "standard input" if str(file) == "-" else str(file)
        raise InputError(error.problem, where=where, row=error.row, column=error.column) from error


def shown_name(file: str) -> str:
    """Return what a page calls a file: its name without the folders, which are nobody else's business."""
    return "standard input" if file in {"-", "standard input"} else Path(file).name


def parse_settings(pairs: list[str] | None) -> dict[str, Any]:
    """Return ``name=value`` pairs as settings; values are JSON where they can be, else text.

    >>> parse_settings(["factors=32", "likes=all"])
    {'factors': 32, 'likes': 'all'}

    Raises:
        SettingsError: One of them has no ``=``.
    """
    settings: dict[str, Any] = {}
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise SettingsError(f"--set takes name=value, such as --set factors=32; it got '{pair}'.")
        try:
            settings[name.strip().replace("-", "_")] = json.loads(value)
        except ValueError:
            settings[name.strip().replace("-", "_")] = value
    return settings
