"""Draw curves of rankings, differences query by query, power against cost, and the way to a stop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from markupsafe import Markup

from palate.report._drawing import (
    ACCENT,
    INK,
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
from palate.report._numbers import signed

__all__ = [
    "SHAPES",
    "cost_bars",
    "curves",
    "difference_forest",
    "power_curve",
    "sorted_differences",
    "stopping_path",
]

SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
"""The points of the first six systems; the seventh begins again, in another colour."""

_BARS = 170
"""Bars that can be told apart in a chart 340 pixels wide."""
_POINTS = 240
_TICKS = (1, 2, 5, 10, 20, 50, 100)
_PERCENT = "datum.value == 0 ? '0' : replace(format(datum.value, '+.3~p'), '-', '−')"
_SIGNED = "datum.value == 0 ? '0' : replace(format(datum.value, '+.3~f'), '-', '−')"


def curves(
    rows: pl.DataFrame, palette: Palette, label: str, titles: tuple[str, str], *, whole: bool = False
) -> Markup:
    """Draw a line a system, each with points of its own shape.

    Args:
        rows: Columns ``system, x, value``; where ``x`` goes beyond 20 its scale is logarithmic.
        palette: The systems' colours; shapes go by the same order.
        label: What the chart shows, for those who cannot see it.
        titles: Of the horizontal and the vertical axis.
        whole: Whether the vertical axis runs from 0 to 1 whatever values there are.
    """
    import altair as alt

    first, last = float(rows["x"].min()), float(rows["x"].max())  # type: ignore[arg-type]
    room = max(last - first, 0.1) * 0.03
    scale = alt.Scale(domain=[first - room, last + room], nice=False, zero=False)
    ticks: Any = alt.Undefined
    if last > 20:
        scale = alt.Scale(type="log", domain=[first / 1.08, last * 1.08], nice=False)
        ticks = [tick for tick in _TICKS if first <= tick <= last]
    elif last > 1:
        ticks = [tick for tick in (1, 5, 10, 15, 20) if first <= tick <= last]
    x = alt.X("x:Q", scale=scale, axis=alt.Axis(tickCount=5, values=ticks, format="~g"), title=titles[0])
    sights = (0.0, 1.0) if whole else ()
    y = alt.Y("value:Q", scale=scale_of(rows, ("value",), in_sight=sights), axis=axis(), title=titles[1])
    colour = alt.Color("system:N", legend=None, scale=range_of(palette))
    shapes = [SHAPES[place % len(SHAPES)] for place in range(len(palette))]
    shape = alt.Shape("system:N", legend=None, scale=alt.Scale(domain=list(palette), range=shapes))
    base = alt.Chart(rows.select("system", "x", "value"), height=260).encode(x=x, y=y, color=colour)
    fill = alt.Fill("system:N", legend=None, scale=range_of(palette))
    lines = base.mark_line(strokeWidth=2)
    points = base.mark_point(size=44, strokeWidth=1.5, opacity=1).encode(shape=shape, fill=fill)
    return svg([lines, points], label)


def difference_forest(
    rows: pl.DataFrame, label: str, *, as_percent: bool = False, beside: float | None = 0.0
) -> Markup:
    """Draw differences as dots in their intervals beside the line of no difference.

    Args:
        rows: Columns ``name, value, low, high, colour``, and maybe ``shown``, what stands for the value; bounds may be missing.
        label: What the chart shows, for those who cannot see it.
        as_percent: Whether values are shares, written as percent.
        beside: Where no difference is: 1 of ratios; None of values, which have no such line.
    """
    import altair as alt

    rows = rows.with_columns(
        pl.Series("place", [str(place) for place in range(len(rows))]), zero=pl.lit(beside, pl.Float64)
    )
    if "shown" not in rows.columns:
        shown = [f"{signed(100 * v, 1)}%" if as_percent else signed(v) for v in rows["value"]]
        rows = rows.with_columns(pl.Series("shown", shown))
    base = row_chart(rows, "place", 42)
    x = scale_of(rows, ("value", "low", "high"), in_sight=() if beside is None else (beside,))
    colour = alt.Color("colour:N", legend=None, scale=None)
    zero = alt.Chart(rows.head(1)).mark_rule(strokeWidth=1.25, color=INK)
    label_of: str | None = _PERCENT if as_percent else _SIGNED
    if beside != 0:
        label_of = "format(datum.value, '.3~p')" if as_percent else None
    layers = [
        *([] if beside is None else [zero.encode(x=alt.X("zero:Q", scale=x))]),
        base.mark_rule(strokeWidth=2.25, strokeCap="round").encode(
            x=alt.X("low:Q", scale=x, axis=axis(label_of)), x2=alt.X2("high:Q"), color=colour
        ),
        base.mark_circle(size=95, opacity=1).encode(x=alt.X("value:Q", scale=x), color=colour),
        edge_text(base, "name", "left", 275),
        edge_text(base, "shown", "right"),
    ]
    return svg(layers, label)


def sorted_differences(differences: npt.NDArray[np.float64], colours: tuple[str, str], label: str) -> Markup:
    """Draw a bar a query, the largest difference first; of more than 170 queries each bar is the mean of neighbours.

    Args:
        differences: One a query, in any order.
        colours: Of bars above 0, and below.
        label: What the chart shows, for those who cannot see it.
    """
    import altair as alt

    falling = np.sort(differences)[::-1]
    bars = np.array([part.mean() for part in np.array_split(falling, min(_BARS, len(falling)))])
    edges = np.arange(len(bars) + 1) / len(bars)
    gap = 0.12 / len(bars) if len(bars) <= 85 else 0.0
    rows = pl.DataFrame({"low": edges[:-1] + gap, "high": edges[1:] - gap, "value": bars, "zero": 0.0})
    rows = rows.with_columns(
        colour=pl.when(pl.col("value") >= 0).then(pl.lit(colours[0])).otherwise(pl.lit(colours[1]))
    )
    mean = pl.DataFrame({"mean": [float(differences.mean())], "zero": [0.0]})
    scale = scale_of(rows, ("value",), in_sight=(0.0,))
    y = alt.Y("value:Q", scale=scale, axis=axis(_SIGNED))
    x = alt.X("low:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=None)
    bar = alt.Chart(rows, height=200).mark_rect(opacity=1)
    across = alt.Chart(mean)
    layers = [
        bar.encode(
            x=x, x2=alt.X2("high:Q"), y=y, y2=alt.Y2("zero:Q"), color=alt.Color("colour:N", scale=None)
        ),
        across.mark_rule(strokeWidth=1.25, color=INK).encode(y=alt.Y("zero:Q", scale=scale)),
        across.mark_rule(strokeWidth=1.5, strokeDash=[5, 4], color=INK).encode(
            y=alt.Y("mean:Q", scale=scale)
        ),
    ]
    return svg(layers, label)


def power_curve(
    rows: pl.DataFrame,
    label: str,
    *,
    wanted: float,
    at: tuple[float, float],
    said: str,
    title: str,
    likely: tuple[float, float | None] | None = None,
) -> Markup:
    """Draw how often the difference is seen, by what it takes.

    Args:
        rows: Columns ``x, power``.
        label: What the chart shows, for those who cannot see it.
        wanted: The power asked for, a dashed line.
        at: The chosen design's place: ``x`` and power.
        said: What stands beside it.
        title: Of the horizontal axis.
        likely: Between which ``x`` other pilots would put it, shaded; no upper end is as far as one sees.
    """
    import altair as alt

    last = float(rows["x"].max())  # type: ignore[arg-type]
    x_scale = alt.Scale(domain=[0, last], nice=False)
    scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("x:Q", scale=x_scale, axis=axis("format(datum.value, ',~r')"), title=title)
    y = alt.Y("power:Q", scale=scale, axis=axis("format(datum.value, '.0%')"), title="How often it is seen")
    layers: list[Any] = []
    if likely is not None:
        low, high = likely
        shade = pl.DataFrame({"x": [low], "high": [min(high or last, last)], "bottom": [0.0], "power": [1.0]})
        band = alt.Chart(shade).mark_rect(color=ACCENT, opacity=0.13)
        layers.append(band.encode(x=x, x2=alt.X2("high:Q"), y=y, y2=alt.Y2("bottom:Q")))
    line = alt.Chart(rows.select("x", "power"), height=260).mark_line(
        color=ACCENT, strokeWidth=2.25, interpolate="monotone"
    )
    goal = alt.Chart(pl.DataFrame({"power": [wanted]})).mark_rule(strokeDash=[4, 4], color=SOFT)
    dot = alt.Chart(pl.DataFrame({"x": [at[0]], "power": [at[1]]})).encode(x=x, y=y)
    is_left = at[0] < last / 2
    beside = dot.mark_text(
        align="left" if is_left else "right",
        dx=9 if is_left else -9,
        dy=17,
        color=INK,
        fontSize=TEXT,
        fontWeight="bold",
    )
    layers += [
        line.encode(x=x, y=y),
        goal.encode(y=y),
        dot.mark_circle(size=110, color=ACCENT, opacity=1),
        beside.encode(text=alt.TextValue(said)),
    ]
    return svg(layers, label)


def cost_bars(rows: pl.DataFrame, label: str) -> Markup:
    """Draw a bar a design: what it takes.

    Args:
        rows: Columns ``design, amount, shown, chosen``.
        label: What the chart shows, for those who cannot see it.
    """
    import altair as alt

    most = float(rows["amount"].max())  # type: ignore[arg-type]
    rows = rows.with_columns(none=0.0, colour=pl.when("chosen").then(pl.lit(ACCENT)).otherwise(pl.lit(SOFT)))
    base = row_chart(rows, "design", 36)
    x = alt.X("none:Q", scale=alt.Scale(domain=[0, most or 1.0], nice=False), axis=None)
    bar = base.mark_bar(height=6, cornerRadius=3).encode(
        x=x, x2=alt.X2("amount:Q"), color=alt.Color("colour:N", scale=None)
    )
    return svg([bar, edge_text(base, "design", "left", 230), edge_text(base, "shown", "right")], label)


def stopping_path(
    table: pl.DataFrame, label: str, *, stopped_at: int | None, margin: float | None, title: str
) -> Markup:
    """Draw the estimate in its interval as values come in, and where the rule said to stop.

    The picture begins after a hundredth of the values, or before the stop; early intervals run out of it.

    Args:
        table: Columns ``n, estimate, low, high``, a row a value.
        label: What the chart shows, for those who cannot see it.
        stopped_at: After how many values; None where it did not.
        margin: Differences smaller than this do not matter, dashed lines.
        title: Of the horizontal axis.
    """
    import altair as alt

    last = len(table)
    first = max(1, min(last // 100, (stopped_at or last) // 2))
    rows, (bottom, top), is_log = _in_picture(table, margin, first)
    x_scale = alt.Scale(
        type="log" if is_log else "linear",
        domain=[first, max(last, first + 1)],
        nice=False,
        zero=False,
        padding=0,
    )
    steps = [factor * 10**power for power in range(9) for factor in (1, 2, 5)]
    ticks: Any = [step for step in steps if first <= step <= last] if is_log else alt.Undefined
    across = alt.Axis(
        tickCount=5, tickMinStep=1, values=ticks, labelExpr="format(datum.value, ',d')", labelFlush=True
    )
    x = alt.X("n:Q", scale=x_scale, axis=across, title=title)
    scale = alt.Scale(domain=[bottom, top], nice=False, zero=False)
    y = alt.Y("low:Q", scale=scale, axis=axis(_SIGNED), title="Difference")
    base = alt.Chart(rows, height=260).encode(x=x)
    in_sight = pl.when(pl.col("estimate").is_between(bottom, top)).then("estimate").alias("estimate")
    inside = alt.Chart(rows.with_columns(in_sight)).encode(x=x)
    layers: list[Any] = [
        base.mark_area(color=ACCENT, opacity=0.2).encode(y=y, y2=alt.Y2("high:Q")),
        _level([0.0], scale, strokeWidth=1.25, color=INK),
        inside.mark_line(color=ACCENT, strokeWidth=2.25).encode(y=alt.Y("estimate:Q", scale=scale)),
    ]
    if margin is not None:
        layers.append(_level([-margin, margin], scale, strokeDash=[3, 4], color=SOFT))
    if stopped_at is not None:
        layers += _stop(stopped_at, x, alt.Y("top:Q", scale=scale), (first, last), top)
    return svg(layers, label)


def _stop(stopped_at: int, x: Any, y: Any, ends: tuple[int, int], top: float) -> list[Any]:
    """Return the line where it stopped, and how many values that took, on the side where there is room."""
    import altair as alt

    is_left = stopped_at**2 < ends[0] * ends[1]
    where = alt.Chart(pl.DataFrame({"n": [stopped_at], "top": [top]})).encode(x=x)
    text = where.mark_text(
        align="left" if is_left else "right",
        dx=6 if is_left else -6,
        dy=9,
        color=INK,
        fontSize=TEXT,
        fontWeight="bold",
    )
    rule = where.mark_rule(strokeDash=[5, 4], strokeWidth=1.5, color=INK)
    return [rule, text.encode(y=y, text=alt.TextValue(f"enough after {stopped_at:,}"))]


def _level(values: Sequence[float], scale: Any, **looks: Any) -> Any:
    """Return lines across at some differences."""
    import altair as alt

    rule = alt.Chart(pl.DataFrame({"at": values})).mark_rule(**looks)
    return rule.encode(y=alt.Y("at:Q", scale=scale))


def _in_picture(
    table: pl.DataFrame, margin: float | None, first: int
) -> tuple[pl.DataFrame, tuple[float, float], bool]:
    """Return the steps to draw, the lowest and highest difference in sight, and whether steps stand by their logarithm."""
    last = len(table)
    steps = np.unique(np.geomspace(first, last, _POINTS).round().astype(int))
    rows = table[steps - 1].select("n", "estimate", "low", "high")
    settled = min(max(last / 20, 20), last / 2)
    late = rows.filter((pl.col("n") >= settled) & pl.col("low").is_finite() & pl.col("high").is_finite())
    seen = [
        0.0,
        *rows["estimate"].tail(1),
        *late["low"],
        *late["high"],
        *([margin, -margin] if margin else []),
    ]
    bottom, top = min(seen), max(seen)
    room = (top - bottom) * 0.08 or 0.01
    bottom, top = bottom - room, top + 2 * room
    return rows.with_columns(pl.col("low", "high").clip(bottom, top)), (bottom, top), last >= 50
