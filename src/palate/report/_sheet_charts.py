"""Draw what one sees of answers: reliability, how many tasks, who answers how well."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import polars as pl
from markupsafe import Markup

from palate.report._drawing import ACCENT, INK, SOFT, TEXT, axis, scale_of, svg

__all__ = ["WARNING", "annotator_map", "histogram", "reliability_diagram"]

WARNING = "var(--behind)"
"""The colour of what one should look at."""

_MOST_INTERVALS = 150
"""Annotators up to whom intervals are drawn; more of them are a grey cloud."""

_MOST_NAMES = 6

_LEAST_DRAWN = 5
"""Cases of a bin that is drawn; of fewer, the share of right ones is chance. They are in the table and in the error."""


def reliability_diagram(table: pl.DataFrame, before: pl.DataFrame | None, label: str) -> Markup:
    """Draw the share of right labels over their probability, with intervals, beside the line where both are equal.

    Bins of fewer than 5 cases are left out, unless all are such.

    Args:
        table: Columns ``tasks, probability, accuracy, accuracy_low, accuracy_high``.
        before: The same before tempering, drawn hollow; None where there is none.
        label: What the chart shows, for those who cannot see it.
    """
    import altair as alt

    columns = ("probability", "accuracy", "accuracy_low", "accuracy_high")
    table, before = _drawn(table), None if before is None else _drawn(before)
    tables = [table] if before is None else [table, before]
    lowest = min(min(t["probability"].min(), t["accuracy_low"].min()) for t in tables)  # type: ignore[type-var]
    scale = alt.Scale(domain=[math.floor(10 * float(lowest)) / 10, 1.0], nice=False, zero=False, padding=6)  # type: ignore[arg-type]
    percents = "format(datum.value, '.0%')"
    x = alt.X("probability:Q", scale=scale, axis=axis(percents), title="How sure it was")
    ends = pl.DataFrame({"probability": scale.domain, "accuracy": scale.domain})
    y_accuracy = alt.Y("accuracy:Q", scale=scale, axis=axis(percents), title="How often it was right")
    diagonal = alt.Chart(ends, height=300).mark_line(strokeDash=[4, 4], strokeWidth=1.25, color=SOFT)
    layers: list[Any] = [diagonal.encode(x=x, y=y_accuracy)]
    if before is not None:
        old = alt.Chart(before.select(columns)).encode(x=x)
        layers += [
            old.mark_line(color=SOFT, strokeWidth=1, opacity=0.6).encode(y=y_accuracy),
            old.mark_point(size=60, strokeWidth=1.5, stroke=SOFT, fill="var(--paper)", opacity=1).encode(
                y=y_accuracy
            ),
        ]
    new = alt.Chart(table.select(columns)).encode(x=x)
    layers += [
        new.mark_rule(strokeWidth=2, strokeCap="round", color=ACCENT, opacity=0.55).encode(
            y=alt.Y("accuracy_low:Q", scale=scale), y2=alt.Y2("accuracy_high:Q")
        ),
        new.mark_line(color=ACCENT, strokeWidth=1.5).encode(y=y_accuracy),
        new.mark_circle(size=80, color=ACCENT, opacity=1).encode(y=y_accuracy),
    ]
    return svg(layers, label)


def _drawn(table: pl.DataFrame) -> pl.DataFrame:
    enough = table.filter(pl.col("tasks") >= _LEAST_DRAWN)
    return table if enough.is_empty() else enough


def histogram(
    table: pl.DataFrame, label: str, *, title: str, before: pl.DataFrame | None = None, whole: bool = False
) -> Markup:
    """Draw how many tasks there are in each bin, the number above each bar.

    Args:
        table: Columns ``low, high, tasks``; bins between 0 and 1.
        label: What the chart shows, for those who cannot see it.
        title: Of the horizontal axis.
        before: The same before tempering, drawn as outlines.
        whole: Whether the axis runs from 0 whatever bins there are.
    """
    import altair as alt

    tables = [table] if before is None else [table, before]
    start = 0.0 if whole else min(float(t["low"].min()) for t in tables)  # type: ignore[arg-type]
    most = max(int(t["tasks"].max()) for t in tables)  # type: ignore[arg-type]
    scale = alt.Scale(domain=[start, 1.0], nice=False, zero=False)
    x = alt.X("low:Q", scale=scale, axis=axis("format(datum.value, '.0%')"), title=title)
    y = alt.Y("tasks:Q", scale=alt.Scale(domain=[0, most * 1.12], nice=False), axis=None)
    shown = [_short(n) for n in table["tasks"]]
    rows = table.select("low", "high", "tasks", middle=(pl.col("low") + pl.col("high")) / 2).with_columns(
        pl.Series("shown", shown), none=pl.lit(0)
    )
    base = alt.Chart(rows, height=190)
    layers: list[Any] = [
        base.mark_bar(color=ACCENT, opacity=0.85, stroke="var(--paper)", strokeWidth=1.5).encode(
            x=x, x2=alt.X2("high:Q"), y=y, y2=alt.Y2("none:Q")
        )
    ]
    if before is not None:
        outlines = before.select("low", "high", "tasks", none=pl.lit(0))
        layers.append(
            alt.Chart(outlines)
            .mark_bar(fill="transparent", stroke=SOFT, strokeWidth=1.5, strokeDash=[3, 2], opacity=1)
            .encode(x=x, x2=alt.X2("high:Q"), y=y, y2=alt.Y2("none:Q"))
        )
    layers.append(
        base.mark_text(dy=-8, color=INK, fontSize=TEXT).encode(
            x=alt.X("middle:Q", scale=scale), y=y, text=alt.Text("shown:N")
        )
    )
    return svg(layers, label)


def annotator_map(rows: pl.DataFrame, suspects: Sequence[str], label: str) -> Markup:
    """Draw every annotator's skill over how much they answered, those to talk to in another colour and shape.

    Args:
        rows: Columns ``annotator, answers, skill`` and, where known, ``skill_low, skill_high``; none without a skill.
        suspects: Names of those to talk to.
        label: What the chart shows, for those who cannot see it.
    """
    import altair as alt

    has_intervals = {"skill_low", "skill_high"} <= set(rows.columns) and len(rows) <= _MOST_INTERVALS
    bounds = ("skill_low", "skill_high") if has_intervals else ()
    rows = rows.select("answers", "skill", *bounds, annotator=pl.col("annotator").cast(pl.String))
    least, most = int(rows["answers"].min()), int(rows["answers"].max())  # type: ignore[arg-type]
    wide = most > 20 * least
    ticks: Any = alt.Undefined
    kind: Any = scale_of(rows, ("answers",))
    if wide:
        kind = alt.Scale(type="log", domain=[least / 1.25, most * 1.25], nice=False)
        ticks = [
            n * 10**power for power in range(len(str(most))) for n in (1, 3) if least <= n * 10**power <= most
        ]
    across = alt.Axis(tickCount=4, values=ticks, labelExpr="format(datum.value, ',d')")
    x = alt.X("answers:Q", scale=kind, axis=across, title="Answers given")
    scale = scale_of(rows, ("skill", *bounds))
    y = alt.Y("skill:Q", scale=scale, axis=axis("format(datum.value, '.0%')"), title="Skill")
    is_suspect = pl.col("annotator").is_in(list(suspects))
    layers: list[Any] = []
    for part, colour, shape in (
        (rows.filter(~is_suspect), ACCENT, "circle"),
        (rows.filter(is_suspect), WARNING, "diamond"),
    ):
        base = alt.Chart(part, height=300).encode(x=x)
        if has_intervals:
            layers.append(
                base.mark_rule(strokeWidth=1.5, strokeCap="round", color=colour, opacity=0.35).encode(
                    y=alt.Y("skill_low:Q", scale=scale), y2=alt.Y2("skill_high:Q")
                )
            )
        points = base.mark_point(
            shape=shape, size=60, strokeWidth=1.5, color=colour, fill=colour, fillOpacity=0.3, opacity=1
        )
        layers.append(points.encode(y=y))
    named = _apart(rows.filter(is_suspect), wide=wide)
    middle = math.sqrt(least * most) if wide else (least + most) / 2
    for part, align, shift in (
        (named.filter(pl.col("answers") <= middle), "left", 8),
        (named.filter(pl.col("answers") > middle), "right", -8),
    ):
        names = alt.Chart(part).mark_text(align=align, dx=shift, color=INK, fontSize=TEXT, limit=130)  # type: ignore[arg-type]
        layers.append(names.encode(x=x, y=y, text=alt.Text("annotator:N")))
    return svg(layers, label)


def _apart(rows: pl.DataFrame, *, wide: bool) -> pl.DataFrame:
    """Return those whose names can stand beside their points without touching another's name."""
    places: list[tuple[float, float]] = []
    kept = []
    across = [math.log(v) if wide else float(v) for v in rows["answers"]]
    span = (max(across) - min(across) or 1.0) if across else 1.0
    for place, (x, y) in enumerate(zip(across, rows["skill"], strict=True)):
        free = all(abs(y - other_y) > 0.08 or abs(x - other_x) > 0.4 * span for other_x, other_y in places)
        if free and len(places) < _MOST_NAMES:
            places.append((x, y))
            kept.append(place)
    return rows[kept]


def _short(count: int) -> str:
    """Return a count in at most five letters.

    >>> [_short(n) for n in (12, 9999, 12_345, 1_234_567)]
    ['12', '9,999', '12k', '1.2M']
    """
    if count >= 1_000_000:
        return f"{count / 1_000_000:.1f}M"
    return f"{count / 1000:.0f}k" if count >= 10_000 else f"{count:,}"
