"""Draw the page's charts as inline SVG whose colours are the page's own, so that dark mode reaches them.

Every colour is a CSS variable: Vega hands it on as it is and the browser fills it in. Every chart is
drawn 340 pixels wide, so that it fits a phone without shrinking its text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import polars as pl
from markupsafe import Markup

from palate.report._numbers import number, percent, signed

if TYPE_CHECKING:
    import altair as alt

__all__ = ["Palette", "bars", "difference", "intervals", "skills", "skills_by_answers"]

Palette = Mapping[str, str]
"""The colour of every system."""

_WIDTH = 340
_TEXT = 12
_INK, _SOFT, _LINE, _PAPER, _ACCENT = (f"var(--{n})" for n in ("ink", "soft", "line", "paper", "accent"))
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")


def intervals(rows: pl.DataFrame, palette: Palette, label: str) -> Markup:
    """Draw one row a system: its name and value above, a dot in its interval below.

    Args:
        rows: Columns ``system, value, low, high`` and maybe ``truth``, drawn as a diamond.
        palette: The systems' colours.
        label: What the chart shows, for those who cannot see it.
    """
    import altair as alt

    has_truth = "truth" in rows.columns
    numbers = ("value", "low", "high", "truth") if has_truth else ("value", "low", "high")
    shown = [number(v) for v in rows["value"]]
    if has_truth:
        shown = [f"{v} · true {number(t)}" for v, t in zip(shown, rows["truth"], strict=True)]
    rows = rows.select("system", *numbers, pl.Series("shown", shown))
    base = _rows(rows, "system", 42)
    x = _scale(rows, numbers)
    colour = alt.Color("system:N", legend=None, scale=_range(palette))
    layers = [
        _text(base, "system", "left", 150 if has_truth else 235),
        _text(base, "shown", "right"),
        base.mark_rule(strokeWidth=2.25, strokeCap="round").encode(
            x=alt.X("low:Q", scale=x, axis=_axis()), x2=alt.X2("high:Q"), color=colour
        ),
        base.mark_circle(size=95, opacity=1).encode(x=alt.X("value:Q", scale=x), color=colour),
    ]
    if has_truth:
        diamond = base.mark_point(
            shape="diamond", size=70, strokeWidth=1.75, fill=_PAPER, stroke=_INK, opacity=1
        )
        layers.append(diamond.encode(x=alt.X("truth:Q", scale=x)))
    return _svg(layers, label)


def difference(estimate: float, low: float, high: float, colour: str, label: str) -> Markup:
    """Draw a difference and its interval beside the line of no difference.

    Args:
        estimate: The difference.
        low: Its lower bound.
        high: Its upper bound.
        colour: The better system's colour.
        label: What the chart shows, for those who cannot see it.
    """
    import altair as alt

    rows = pl.DataFrame({"estimate": [estimate], "low": [low], "high": [high], "zero": [0.0], "row": ["row"]})
    x = _scale(rows, ("estimate", "low", "high", "zero"), pad=0.16)
    base = _rows(rows, "row", 84)
    start, end = x.domain
    zero_at = -start / (end - start)
    on_left = zero_at < 0.5
    zero = alt.Chart(rows).mark_rule(strokeWidth=1.5, color=_INK).encode(x=alt.X("zero:Q", scale=x))
    no_difference = base.mark_text(
        align="left" if on_left else "right", dx=6 if on_left else -6, dy=-32, color=_SOFT, fontSize=_TEXT
    ).encode(x=alt.X("zero:Q", scale=x), text=alt.TextValue("no difference"))
    interval = base.mark_rule(strokeWidth=4, strokeCap="round", color=colour).encode(
        x=alt.X("low:Q", scale=x, axis=_axis("datum.value == 0 ? '0' : format(datum.value, '+.4~g')")),
        x2=alt.X2("high:Q"),
    )
    dot = base.mark_circle(size=190, opacity=1, color=colour).encode(x=alt.X("estimate:Q", scale=x))
    text = base.mark_text(dy=24, fontSize=13, fontWeight="bold", color=_INK).encode(
        x=alt.X("estimate:Q", scale=x), text=alt.TextValue(signed(estimate))
    )
    return _svg([zero, no_difference, interval, dot, text], label)


def bars(rows: pl.DataFrame, label: str) -> Markup:
    """Draw one bar a row, its name and percent above it.

    Args:
        rows: Columns ``feature, share`` (0 to 1), in the order to draw.
        label: What the chart shows, for those who cannot see it.
    """
    import altair as alt

    shown = pl.Series("shown", [percent(v) for v in rows["share"]])
    rows = rows.with_columns(shown, pl.lit(0.0).alias("none"), pl.lit(1.0).alias("all"))
    base = _rows(rows, "feature", 36)
    x_from = alt.X("none:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=None)
    track = base.mark_bar(height=5, cornerRadius=2.5, color=_LINE).encode(x=x_from, x2=alt.X2("all:Q"))
    bar = base.mark_bar(height=5, cornerRadius=2.5, color=_ACCENT).encode(x=x_from, x2=alt.X2("share:Q"))
    return _svg([track, bar, _text(base, "feature", "left", 270), _text(base, "shown", "right")], label)


def skills(rows: pl.DataFrame, label: str) -> Markup:
    """Draw every annotator's estimated skill over the skill it was simulated with.

    Args:
        rows: Columns ``skill, true_skill`` and maybe ``kind``.
        label: What the chart shows, for those who cannot see it.
    """
    import altair as alt

    scale = _scale(rows, ("skill", "true_skill"))
    diagonal = alt.Chart(pl.DataFrame({"skill": scale.domain, "true_skill": scale.domain})).mark_line(
        strokeDash=[4, 4], strokeWidth=1.25, color=_SOFT
    )
    y = alt.Y("skill:Q", scale=scale, axis=_axis(), title="Estimated skill")
    x = alt.X("true_skill:Q", scale=scale, axis=_axis(), title="Simulated skill")
    return _svg([diagonal.encode(x=x, y=y), _points(rows, x, y)], label)


def skills_by_answers(rows: pl.DataFrame, label: str) -> Markup:
    """Draw every annotator's estimated skill over the number of answers given.

    Args:
        rows: Columns ``skill, answers`` and maybe ``kind``.
        label: What the chart shows, for those who cannot see it.
    """
    import altair as alt

    y = alt.Y("skill:Q", scale=_scale(rows, ("skill",)), axis=_axis(), title="Estimated skill")
    x = alt.X("answers:Q", scale=_scale(rows, ("answers",)), axis=_axis(), title="Answers given")
    return _svg([_points(rows, x, y)], label)


def _points(rows: pl.DataFrame, x: alt.X, y: alt.Y) -> Any:
    """Return the annotators as points, a shape for every kind: colours belong to the systems."""
    import altair as alt

    has_kinds = "kind" in rows.columns
    rows = rows.select("skill", *(c for c in ("true_skill", "answers", "kind") if c in rows.columns))
    chart = alt.Chart(rows, height=280).mark_point(
        size=65, strokeWidth=1.75, color=_ACCENT, fill=_ACCENT, fillOpacity=0.25, opacity=1
    )
    if not has_kinds:
        return chart.encode(x=x, y=y)
    kinds = rows["kind"].drop_nulls().unique(maintain_order=True).to_list()
    shapes = [_SHAPES[i % len(_SHAPES)] for i in range(len(kinds))]
    columns = 3 if max(map(len, kinds)) <= 10 else 2
    legend = alt.Legend(
        orient="top",
        title=None,
        columns=columns,
        labelLimit=210 // columns,
        symbolSize=65,
        symbolStrokeColor=_ACCENT,
    )
    return chart.encode(
        x=x, y=y, shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=shapes), legend=legend)
    )


def _rows(rows: pl.DataFrame, by: str, step: int) -> alt.Chart:
    import altair as alt

    order = rows[by].to_list()
    return alt.Chart(rows, height=alt.Step(step)).encode(y=alt.Y(f"{by}:N", sort=order, axis=None))


def _text(base: alt.Chart, column: str, align: Literal["left", "right"], limit: int = 0) -> alt.Chart:
    """Return the column's text at one edge, above the middle of its row; 0 is no limit of its width."""
    import altair as alt

    mark = base.mark_text(align=align, dy=-14, limit=limit, color=_INK, fontSize=_TEXT)
    edge = alt.XValue(0 if align == "left" else "width")  # type: ignore[no-untyped-call]  # altair's
    chart: alt.Chart = mark.encode(x=edge, text=alt.Text(f"{column}:N"))
    return chart


def _scale(rows: pl.DataFrame, columns: Sequence[str], pad: float = 0.07) -> alt.Scale:
    """Return a scale that holds all values with room beside them; zero need not be on it."""
    import altair as alt

    values = [v for column in columns for v in rows[column].drop_nulls().to_list()]
    low, high = min(values, default=0.0), max(values, default=1.0)
    room = (high - low) * pad or max(abs(low) * 0.1, 0.01)
    return alt.Scale(domain=[low - room, high + room], nice=False, zero=False)


def _range(palette: Palette) -> alt.Scale:
    import altair as alt

    return alt.Scale(domain=list(palette), range=list(palette.values()))


def _axis(label: str | None = None) -> alt.Axis:
    import altair as alt

    return alt.Axis(tickCount=4, labelExpr=label or alt.Undefined)


def _svg(layers: Sequence[Any], label: str) -> Markup:
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
    inside = Markup(body)  # noqa: S704 (Vega escapes the text it draws)
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
            "gridColor": _LINE,
            "labelColor": _SOFT,
            "labelFontSize": _TEXT,
            "labelPadding": 7,
            "labelFlush": False,
            "labelOverlap": True,
            "title": None,
            "titleColor": _SOFT,
            "titleFontSize": _TEXT,
            "titleFontWeight": "normal",
            "titlePadding": 9,
        },
        "legend": {
            "labelColor": _INK,
            "labelFontSize": _TEXT,
            "rowPadding": 4,
            "columnPadding": 14,
            "offset": 10,
        },
    }
