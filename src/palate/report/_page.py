"""Render the page of a verdict and write it, whole or not at all."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path

import jinja2
from markupsafe import Markup

from palate.core.atomic import replace_file
from palate.report import _numbers
from palate.report._data import ReportData, VerdictLine, check_frames
from palate.report._sections import headline, palette_of, sections

__all__ = ["render", "write_report"]


def render(data: ReportData) -> str:
    """Return the page as HTML that needs nothing else: no script, no font, no picture, no network.

    Raises:
        InputError: A frame lacks a column.
    """
    frames = check_frames(data)
    palette = palette_of(data, frames)
    return (
        _environment()
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


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("palate.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {name: getattr(_numbers, name) for name in _numbers.__all__ if name.islower()}
    environment.filters |= {"in_words": _in_words, "breakable": _breakable}
    style = files("palate.report").joinpath("templates/style.css").read_text(encoding="utf-8")
    environment.globals |= {"style": Markup(style), "NONE": _numbers.NONE, "evidence_of": _evidence_of}  # noqa: S704 (our own file)
    return environment


def _evidence_of(line: VerdictLine) -> tuple[str, str]:
    """Return the sentence in two parts: what it claims, and the interval and counts it rests on."""
    found = re.search(r"\s\(\d+(\.\d+)?% CI\b", line.sentence)
    return (
        (line.sentence, "")
        if found is None
        else (line.sentence[: found.start()], line.sentence[found.start() :])
    )


def _in_words(column: str) -> str:
    """Return a column's name as people read it."""
    return column.replace("_", " ")


def _breakable(text: object) -> Markup:
    """Return a name that may break after its signs and every 16 letters, so that long ones fit a column."""
    return Markup("<wbr>").join(re.findall(r"[^_\-./@\s]{1,16}[_\-./@\s]*|[_\-./@\s]+", str(text)))
