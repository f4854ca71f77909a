"""The pages' templates and what they may call."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import jinja2
from markupsafe import Markup

from palate.report import _numbers
from palate.report._data import VerdictLine

__all__ = ["environment", "stylesheet"]


@cache
def environment() -> jinja2.Environment:
    """Return the templates, with the filters that write numbers and names."""
    templates = jinja2.Environment(
        loader=jinja2.PackageLoader("palate.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {name: getattr(_numbers, name) for name in _numbers.__all__ if name.islower()}
    templates.filters |= {"in_words": _in_words, "breakable": _breakable}
    templates.globals |= {"style": Markup(stylesheet()), "NONE": _numbers.NONE, "evidence_of": _evidence_of}  # noqa: S704 (our own file)
    return templates


def stylesheet() -> str:
    """Return the pages' style, colours first."""
    return files("palate.report").joinpath("templates/style.css").read_text(encoding="utf-8")


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
