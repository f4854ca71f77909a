"""Draw the page's charts as inline SVG whose colours are the page's own, so that dark mode reaches them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl
from markupsafe import Markup

from palate.report._drawing import (
    ACCENT,
    INK,
    LINE,
    PAPER,
    SOFT,
    TEXT,
    Palette,
    axis,
    edge_text,
    range_of,
    row_chart,
    scale_of,
    svg,
)
from palate.report._numbers import number, percent, signed

if TYPE_CHECKING:
    import altair as alt

__all__ = ["Palette", "bars", "difference", "intervals", "skills", "skills_by_answers"]

_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")


def intervals(rows: pl.DataFrame, palette: Palette, label: str, in_sight: Sequence[float] = ()) -> Markup:
    """Draw one row a system: its name and value above, a dot in its interval below.

    Args:
        rows: Columns ``system, value, low, high`` and maybe ``truth``, drawn as a diamond, and ``note``, written beside
            the value.
        palette: The systems' colours.
        label: What the chart shows, for those who cannot see it.
        in_sight: Values that the scale holds whatever there is.
    """
    import altair as alt

    has_truth = "truth" in rows.columns
    numbers = ("value", "low", "high", "truth") if has_truth else ("value", "low", "high")
    shown = [number(v) for v in rows["value"]]
    if has_truth:
        shown = [f"{v} · true {number(t)}" for v, t in zip(shown, rows["truth"], strict=True)]
    if "note" in rows.columns:
        shown = [f"{v} · {note}" if note else v for v, note in zip(shown, rows["note"], strict=True)]
    name_width = 150 if has_truth or "note" in rows.columns else 235
    rows = rows.select("system", *numbers, pl.Series("shown", shown))
    base = row_chart(rows, "system", 42)
    x = scale_of(rows, numbers, in_sight=in_sight)
    colour = alt.Color("system:N", legend=None, scale=range_of(palette))
    layers = [
        edge_text(base, "system", "left", name_width),
        edge_text(base, "shown", "right"),
        base.mark_rule(strokeWidth=2.25, strokeCap="round").encode(
            x=alt.X("low:Q", scale=x, axis=axis()), x2=alt.X2("high:Q"), color=colour
        ),
        base.mark_circle(size=95, opacity=1).encode(x=alt.X("value:Q", scale=x), color=colour),
    ]
    if has_truth:
        diamond = base.mark_point(
            shape="diamond", size=70, strokeWidth=1.75, fill=PAPER, stroke=INK, opacity=1
        )
        layers.append(diamond.encode(x=alt.X("truth:Q", scale=x)))
    return svg(layers, label)


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
    x = scale_of(rows, ("estimate", "low", "high", "zero"), pad=0.16)
    base = row_chart(rows, "row", 84)
    start, end = x.domain
    zero_at = -start / (end - start)
    on_left = zero_at < 0.5
    zero = alt.Chart(rows).mark_rule(strokeWidth=1.5, color=INK).encode(x=alt.X("zero:Q", scale=x))
    no_difference = base.mark_text(
        align="left" if on_left else "right", dx=6 if on_left else -6, dy=-32, color=SOFT, fontSize=TEXT
    ).encode(x=alt.X("zero:Q", scale=x), text=alt.TextValue("no difference"))
    interval = base.mark_rule(strokeWidth=4, strokeCap="round", color=colour).encode(
        x=alt.X("low:Q", scale=x, axis=axis("datum.value == 0 ? '0' : format(datum.value, '+.4~g')")),
        x2=alt.X2("high:Q"),
    )
    dot = base.mark_circle(size=190, opacity=1, color=colour).encode(x=alt.X("estimate:Q", scale=x))
    text = base.mark_text(dy=24, fontSize=13, fontWeight="bold", color=INK).encode(
        x=alt.X("estimate:Q", scale=x), text=alt.TextValue(signed(estimate))
    )
    return svg([zero, no_difference, interval, dot, text], label)


def bars(rows: pl.DataFrame, label: str) -> Markup:
    """Draw one bar a row, its name and percent above it.

    Args:
        rows: Columns ``feature, share`` (0 to 1), in the order to draw.
        label: What the chart shows, for those who cannot see it.
    """
    import altair as alt

    shown = pl.Series("shown", [percent(v) for v in rows["share"]])
    rows = rows.with_columns(shown, pl.lit(0.0).alias("none"), pl.lit(1.0).alias("all"))
    base = row_chart(rows, "feature", 36)
    x_from = alt.X("none:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=None)
    track = base.mark_bar(height=5, cornerRadius=2.5, color=LINE).encode(x=x_from, x2=alt.X2("all:Q"))
    bar = base.mark_bar(height=5, cornerRadius=2.5, color=ACCENT).encode(x=x_from, x2=alt.X2("share:Q"))
    return svg(
        [track, bar, edge_text(base, "feature", "left", 270), edge_text(base, "shown", "right")], label
    )


def skills(rows: pl.DataFrame, label: str) -> Markup:
    """Draw every annotator's estimated skill over the skill it was simulated with.

    Args:
        rows: Columns ``skill, true_skill`` and maybe ``kind``.
        label: What the chart shows, for those who cannot see it.
    """
    import altair as alt

    scale = scale_of(rows, ("skill", "true_skill"))
    diagonal = alt.Chart(pl.DataFrame({"skill": scale.domain, "true_skill": scale.domain})).mark_line(
        strokeDash=[4, 4], strokeWidth=1.25, color=SOFT
    )
    y = alt.Y("skill:Q", scale=scale, axis=axis(), title="Estimated skill")
    x = alt.X("true_skill:Q", scale=scale, axis=axis(), title="Simulated skill")
    return svg([diagonal.encode(x=x, y=y), _points(rows, x, y)], label)


def skills_by_answers(rows: pl.DataFrame, label: str) -> Markup:
    """Draw every annotator's estimated skill over the number of answers given.

    Args:
        rows: Columns ``skill, answers`` and maybe ``kind``.
        label: What the chart shows, for those who cannot see it.
    """
    import altair as alt

    y = alt.Y("skill:Q", scale=scale_of(rows, ("skill",)), axis=axis(), title="Estimated skill")
    x = alt.X("answers:Q", scale=scale_of(rows, ("answers",)), axis=axis(), title="Answers given")
    return svg([_points(rows, x, y)], label)


def _points(rows: pl.DataFrame, x: alt.X, y: alt.Y) -> Any:
    """Return the annotators as points, a shape for every kind: colours belong to the systems."""
    import altair as alt

    has_kinds = "kind" in rows.columns
    rows = rows.select("skill", *(c for c in ("true_skill", "answers", "kind") if c in rows.columns))
    chart = alt.Chart(rows, height=280).mark_point(
        size=65, strokeWidth=1.75, color=ACCENT, fill=ACCENT, fillOpacity=0.25, opacity=1
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
        symbolStrokeColor=ACCENT,
    )
    return chart.encode(
        x=x, y=y, shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=shapes), legend=legend)
    )
