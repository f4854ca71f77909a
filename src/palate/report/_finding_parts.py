"""What the pages of findings are made of: a head, and sections of charts and tables with a few sentences before them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import polars as pl
from markupsafe import Markup

from palate.report import _charts as charts
from palate.report import _evaluation_charts as evaluation_charts
from palate.report._drawing import ACCENT, SOFT
from palate.report._evaluation_heads import claim_and_evidence
from palate.report._numbers import NONE, number, signed
from palate.report._sections import Section
from palate.report._short_names import short_names

__all__ = [
    "Findings",
    "FoundTable",
    "Panel",
    "Row",
    "between",
    "colours_of",
    "forest",
    "found_section",
    "head_of",
    "pair_names",
    "span",
    "value_panel",
]

_COLOURS = 8
_LISTED = 1000
_DRAWN = 40
_NAME, _LONG_NAME = 17, 34
"""Letters of a name that a chart has room for: of one of two, and of one alone."""


@dataclass(frozen=True)
class Panel:
    """A chart with its title."""

    title: str
    chart: Markup
    note: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    title: str
    is_number: bool = True


@dataclass(frozen=True)
class FoundTable:
    """A table of texts; the first cell of each row names it.

    Args:
        caption: What the table shows.
        columns: Its columns; the first holds the rows' names.
        rows: Text by text, as many as there are columns.
        summary: What opens and closes it.
        left_out: How many rows more there are.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: list[tuple[str, ...]]
    summary: str = "The same in numbers"
    left_out: int = 0

    @classmethod
    def of(
        cls,
        caption: str,
        columns: Sequence[str],
        rows: Iterable[tuple[str, ...]],
        texts: Sequence[str] = (),
        *,
        summary: str = "The same in numbers",
    ) -> FoundTable:
        """Return the table of the first rows; its columns hold numbers but for the first and those named as texts."""
        every = list(rows)
        named = tuple(Column(title, place > 0 and title not in texts) for place, title in enumerate(columns))
        return cls(caption, named, every[:_LISTED], summary, max(0, len(every) - _LISTED))


@dataclass(frozen=True)
class Findings:
    """What a page shows.

    Args:
        head: What stands at the top.
        sections: What follows.
        picture: The main picture; None where nothing can be drawn.
        caption: What stands above the picture.
    """

    head: dict[str, Any]
    sections: list[Section]
    picture: Markup | None
    caption: str


@dataclass(frozen=True)
class Row:
    """A row of a forest: a dot in its interval."""

    name: str
    value: float
    low: float | None
    high: float | None
    colour: str = ACCENT
    shown: str | None = None


def head_of(
    eyebrow: str, sentence: str, figures: Sequence[tuple[str, str]], notes: Sequence[str], more: str = ""
) -> dict[str, Any]:
    """Return what stands at the top: what a sentence claims, and below it what it rests on."""
    claim, evidence = claim_and_evidence(sentence.rstrip("."))
    statement = " ".join(text for text in (evidence, more) if text)
    return {
        "eyebrow": eyebrow,
        "title": claim,
        "statement": statement,
        "figures": list(figures),
        "notes": tuple(notes),
    }


def found_section(
    name: str,
    heading: str,
    lead: Sequence[str],
    panels: Sequence[Panel] = (),
    tables: Sequence[FoundTable] = (),
) -> Section:
    """Return a section of charts and tables behind a few sentences."""
    return Section(name, heading, {"lead": list(lead), "panels": list(panels), "tables": list(tables)})


def colours_of(systems: Sequence[str]) -> dict[str, str]:
    """Return a colour for each system; the ninth and all later ones are grey."""
    return {
        name: f"var(--series-{place})" if place <= _COLOURS else SOFT
        for place, name in enumerate(dict.fromkeys(systems), 1)
    }


def pair_names(systems: Sequence[str]) -> dict[str, str]:
    """Return names of which two fit beside each other in a chart."""
    return short_names(list(dict.fromkeys(systems)), _NAME)


def forest(rows: Sequence[Row], what: str, *, as_percent: bool = False, beside: float | None = 0.0) -> Markup:
    """Draw differences in their intervals; a bound without end is left out.

    ``beside`` is where no difference is; None of values.
    """
    shown = list(rows[:_DRAWN])
    columns: dict[str, Any] = {
        "name": [row.name for row in shown],
        "value": [row.value for row in shown],
        "low": [_finite(row.low) for row in shown],
        "high": [_finite(row.high) for row in shown],
        "colour": [row.colour for row in shown],
    }
    if shown[0].shown is not None:
        columns["shown"] = [row.shown for row in shown]
    numbers = dict.fromkeys(("value", "low", "high"), pl.Float64)
    words = "; ".join(_in_words(row, as_percent=as_percent, signs=beside == 0) for row in shown)
    return evaluation_charts.difference_forest(
        pl.DataFrame(columns, schema_overrides=numbers),
        f"{what}: {words}",
        as_percent=as_percent,
        beside=beside,
    )


def _in_words(row: Row, *, as_percent: bool, signs: bool) -> str:
    scale, digits, unit = (100, 1, "%") if as_percent else (1, 3, "")
    low, high = (None if bound is None else scale * bound for bound in (row.low, row.high))
    bounds = between(low, high, digits) if signs else span(low, high, digits)
    return f"{row.name} {row.shown or f'{signed(scale * row.value, digits)}{unit}'} ({bounds}{unit})"


def value_panel(
    title: str, rows: Sequence[tuple[str, float, float | None, float | None]], colours: Mapping[str, str]
) -> Panel:
    """Return a chart of values in their intervals, a row a name."""
    shown = rows[:_DRAWN]
    short = short_names([name for name, *_ in shown], _LONG_NAME)
    words = "; ".join(f"{name} {number(value)} ({span(low, high)})" for name, value, low, high in shown)
    table = pl.DataFrame(
        [(short[name], value, _finite(low), _finite(high)) for name, value, low, high in shown],
        schema={"system": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64},
        orient="row",
    )
    palette = {short[name]: colours.get(name, SOFT) for name, *_ in shown}
    note = f"the first {len(shown)} of {len(rows):,}" if len(rows) > len(shown) else ""
    return Panel(title, charts.intervals(table, palette, f"{title}: {words}"), note)


def span(low: float | None, high: float | None, digits: int = 3) -> str:
    """Return the bounds of a value as a table shows them."""
    return _bounds(number(low, digits), number(high, digits), low, high)


def between(low: float | None, high: float | None, digits: int = 3) -> str:
    """Return the bounds of a difference as a table shows them."""
    return _bounds(signed(low, digits), signed(high, digits), low, high)


def _bounds(low_text: str, high_text: str, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return NONE
    return f"{low_text if isfinite(low) else '−∞'} … {high_text if isfinite(high) else '+∞'}"


def _finite(bound: float | None) -> float | None:
    return bound if bound is not None and isfinite(bound) else None
