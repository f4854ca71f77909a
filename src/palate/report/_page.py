"""Render the page of a verdict and write it, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from palate.core.atomic import replace_file
from palate.report._data import ReportData, check_frames
from palate.report._sections import headline, palette_of, sections
from palate.report._templates import environment

__all__ = ["render", "write_report"]


def render(data: ReportData) -> str:
    """Return the page as HTML that needs nothing else: no script, no font, no picture, no network.

    Raises:
        InputError: A frame lacks a column.
    """
    frames = check_frames(data)
    palette = palette_of(data, frames)
    return (
        environment()
        .get_template("page.html")
        .render(
            data=data,
            palette=palette,
            headline=headline(data, frames, palette),
            sections=sections(data, frames, palette),
        )
    )


def write_report(data: ReportData, directory: Path) -> Path:
    """Write the page as ``index.html`` into an existing directory and return its path.

    Raises:
        InputError: A frame lacks a column.
        OutputError: The directory does not exist or cannot be written.
    """
    page = render(data)
    path = directory / "index.html"
    with replace_file(path) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return path
