"""What every chart is drawn with: sizes, scales and text, and the turning of a chart into SVG.

Every colour is a CSS variable: Vega hands it on as it is and the browser fills it in. Every chart is
drawn 340 pixels wide, so that it fits a phone without shrinking its text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import polars as pl
from markupsafe import Markup

if TYPE_CHECKING:
    import altair as alt

__all__ = [
    "ACCENT",
    "INK",
    "LINE",
    "PAPER",
    "SOFT",
    "TEXT",
    "Palette",
    "axis",
    "edge_text",
    "range_of",
    "row_chart",
    "scale_of",
    "svg",
]

Palette = Mapping[str, str]
"""The colour of every system."""

TEXT = 12
INK, SOFT, LINE, PAPER, ACCENT = (f"var(--{n})" for n in ("ink", "soft", "line", "paper", "accent"))
_WIDTH = 340
_ROLES = re.compile(r'(<g [^>]*?) role="graphics-\w+" aria-roledescription="[^"]*"')
"""What Vega calls each group of marks, without a name: the picture as a whole has one."""


def row_chart(rows: pl.DataFrame, by: str, step: int) -> alt.Chart:
    """Return a chart of one row of ``step`` pixels for each value of the column ``by``, in the order they come."""
    import altair as alt

    order = rows[by].to_list()
    return alt.Chart(rows, height=alt.Step(step)).encode(y=alt.Y(f"{by}:N", sort=order, axis=None))


def edge_text(base: alt.Chart, column: str, align: Literal["left", "right"], limit: int = 0) -> alt.Chart:
    """Return the column's text at one edge, above the middle of its row; 0 is no limit of its width."""
    import altair as alt

    mark = base.mark_text(align=align, dy=-14, limit=limit, color=INK, fontSize=TEXT)
    edge = alt.XValue(0 if align == "left" else "width")  # type: ignore[no-untyped-call]  # altair's
    chart: alt.Chart = mark.encode(x=edge, text=alt.Text(f"{column}:N"))
    return chart


def scale_of(
    rows: pl.DataFrame, columns: Sequence[str], pad: float = 0.07, in_sight: Sequence[float] = ()
) -> alt.Scale:
    """Return a scale that holds all values, and those to keep in sight, with room beside them."""
    import altair as alt

    values = [v for column in columns for v in rows[column].drop_nulls().to_list()]
    values += in_sight
    low, high = min(values, default=0.0), max(values, default=1.0)
    room = (high - low) * pad or max(abs(low) * 0.1, 0.01)
    return alt.Scale(domain=[low - room, high + room], nice=False, zero=False)


def range_of(palette: Palette) -> alt.Scale:
    """Return the scale of the systems' colours."""
    import altair as alt

    return alt.Scale(domain=list(palette), range=list(palette.values()))


def axis(label: str | None = None) -> alt.Axis:
    """Return an axis of about four ticks, labelled by a Vega expression if there is one."""
    import altair as alt

    return alt.Axis(tickCount=4, labelExpr=label or alt.Undefined)


def svg(layers: Sequence[Any], label: str) -> Markup:
    """Return the chart as an SVG element without a fixed size; no data is ever loaded for it."""
    import altair as alt
    import vl_convert

    fit = {"type": "fit-x", "contains": "padding"}
    padding = {"left": 1, "right": 1, "top": 4, "bottom": 4}
    chart = alt.layer(*layers).properties(width=_WIDTH, padding=padding, autosize=fit)
    specification = chart.to_dict(validate=False)  # its parts were checked when they were made
    drawn = vl_convert.vegalite_to_svg(specification | {"config": _config()}, allowed_base_urls=[])
    opening, _, body = drawn.partition(">")
    box = opening.partition('viewBox="')[2].partition('"')[0]
    inside = Markup(_ROLES.sub(r"\1", body))  # noqa: S704 (Vega escapes the text it draws)
    return Markup('<svg viewBox="{}" role="img" aria-label="{}">{}').format(box, label, inside)


def _config() -> dict[str, Any]:
    return {
        "aria": False,
        "background": None,
        "font": "sans-serif",
        "view": {"stroke": None},
        "axis": {
            "domain": False,
            "ticks": False,
            "gridColor": LINE,
            "labelColor": SOFT,
            "labelFontSize": TEXT,
            "labelPadding": 7,
            "labelFlush": False,
            "labelOverlap": True,
            "title": None,
            "titleColor": SOFT,
            "titleFontSize": TEXT,
            "titleFontWeight": "normal",
            "titlePadding": 9,
        },
        "legend": {
            "labelColor": INK,
            "labelFontSize": TEXT,
            "rowPadding": 4,
            "columnPadding": 14,
            "offset": 10,
        },
    }
