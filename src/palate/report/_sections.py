"""Turn a study's results into the page's sections; a section without results is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from palate.report import _charts as charts
from palate.report._data import ReportData, Retrained, VerdictLine
from palate.report._numbers import number, percent

__all__ = ["Frames", "Section", "headline", "palette_of", "sections"]

Frames = Mapping[str, pl.DataFrame]
"""The frames that have rows, by field of ReportData."""

_COLOURS = 8
_FEATURES = 12
_ANNOTATORS = 1000
"""As many annotators are drawn and listed: more make the page slow to open."""


@dataclass(frozen=True)
class Section:
    """One section of the page.

    Args:
        name: Its anchor, and its template's name.
        heading: What stands above it.
        content: What its template shows.
    """

    name: str
    heading: str
    content: Mapping[str, Any]


def palette_of(data: ReportData, frames: Frames) -> dict[str, str]:
    """Return a colour for every system, by place in the measures' order; the ninth begins again at the first."""
    systems = _ordered_systems(data, frames)
    for name in ("pair_scores", "wins", "truth", "coverage"):
        systems += [s for s in _distinct(frames.get(name), "system") if s not in systems]
    for line in _all_verdicts(data):
        systems += [s for s in (line.system, line.other) if s not in systems]
    return {system: f"var(--series-{i % _COLOURS + 1})" for i, system in enumerate(systems)}


def headline(data: ReportData, frames: Frames, palette: charts.Palette) -> dict[str, Any]:
    """Return what stands at the top: key figures and the picture of the first verdict."""
    annotators, summary = frames.get("annotators"), frames.get("summary")
    figures = []
    if data.cost:
        figures.append(("answers", f"{sum(line.answers for line in data.cost):,}"))
    if annotators is not None:
        figures.append(("annotators", f"{len(annotators):,}"))
    if data.cost:
        figures.append(("cost", f"${sum(line.dollars for line in data.cost):,.2f}"))
    if summary is not None:
        figures.append(("queries", f"{max(summary['queries'].to_list()):,}"))
    chart = _difference_chart(data.verdicts[0], data, palette) if data.verdicts else None
    return {"figures": figures, "chart": chart, "scales": _interval_scales(data.verdicts)}


def sections(data: ReportData, frames: Frames, palette: charts.Palette) -> list[Section]:
    """Return the sections that have something to show, in the page's order."""
    makers: list[tuple[str, str, Callable[[ReportData, Frames, charts.Palette], dict[str, Any] | None]]] = [
        ("measures", "How good each system is", _measures),
        ("pairs", "Side by side", _pairs),
        ("retrained", "What learning from people gains", _retrained),
        ("truth", "How near the judged values came to the truth", _truth),
        ("annotators", "Who answered", _annotators),
        ("agreement", "Agreement and cost", _agreement),
        ("queries", "Where two systems differ most", _queries),
        ("method", "How this was made", _method),
    ]
    found = ((name, heading, make(data, frames, palette)) for name, heading, make in makers)
    return [Section(name, heading, content) for name, heading, content in found if content is not None]


def _measures(data: ReportData, frames: Frames, palette: charts.Palette) -> dict[str, Any] | None:
    summary = frames.get("summary")
    if summary is None:
        return None
    systems, measures = _ordered_systems(data, frames), _distinct(summary, "measure")
    panels = []
    for measure in measures:
        rows = _in_order(summary.filter(measure=measure), systems)
        panels.append((measure, charts.intervals(rows, palette, _values_in_words(measure, rows))))
    cells = {(row["system"], row["measure"]): row for row in summary.iter_rows(named=True)}
    return {
        "panels": panels,
        "systems": systems,
        "measures": measures,
        "cells": cells,
        "coverage": _rows(frames.get("coverage")),
    }


def _pairs(_data: ReportData, frames: Frames, palette: charts.Palette) -> dict[str, Any] | None:
    wins, scores = frames.get("wins"), frames.get("pair_scores")
    if wins is None and scores is None:
        return None
    content: dict[str, Any] = {"chart": None, "systems": [], "cells": {}, "wins": _rows(wins)}
    if scores is not None:
        ranked = scores.rename({"score": "value"}).sort("value", descending=True)
        content["chart"] = charts.intervals(ranked, palette, _values_in_words("Preference score", ranked))
    if wins is not None:
        systems = _distinct(wins, "system")
        systems += [s for s in _distinct(wins, "other") if s not in systems]
        first = (
            _distinct(scores.sort("score", descending=True), "system")
            if scores is not None
            else list(palette)
        )
        content["systems"] = sorted(systems, key=lambda s: first.index(s) if s in first else len(first))
        content["cells"] = {(row["system"], row["other"]): row for row in content["wins"]}
    return content


def _retrained(data: ReportData, frames: Frames, palette: charts.Palette) -> dict[str, Any] | None:
    retrained = data.retrained
    if retrained is None:
        return None
    importance = frames.get("importance")
    chart = None
    if importance is not None:
        top = importance.sort("share", descending=True, maintain_order=True).head(_FEATURES)
        words = ", ".join(f"{r['feature']} {percent(r['share'])}" for r in top.iter_rows(named=True))
        chart = charts.bars(top, f"Share of the ranker's gain by feature: {words}")
    return {
        "retrained": retrained,
        "chart": _difference_chart(retrained.verdict, data, palette),
        "stages": _stages(frames.get("stages"), retrained.verdict.measure, palette),
        "total": {
            name: sum(getattr(line, name) for line in retrained.rounds)
            for name in ("tasks", "pairs", "answers", "dollars")
        },
        "importance": chart,
        "hidden_features": max(len(importance) - _FEATURES, 0) if importance is not None else 0,
        "features": sorted(retrained.card.features, key=lambda f: -f["importance"]) if retrained.card else [],
    }


def _stages(values: pl.DataFrame | None, measure: str, palette: charts.Palette) -> list[tuple[str, Any]]:
    """Return a picture of the systems' values before and after a round, in one order and on one scale."""
    if values is None:
        return []
    names = _distinct(values, "stage")
    last = values.filter(stage=names[-1]).sort("value", descending=True, maintain_order=True)
    systems, ends = _distinct(last, "system"), [v for c in ("low", "high") for v in values[c].drop_nulls()]
    found = []
    for name in names:
        rows = _in_order(values.filter(stage=name), systems)
        words = f"{name}, {_values_in_words(measure, rows)}"
        found.append((name, charts.intervals(rows, palette, words, in_sight=ends)))
    return found


def _truth(data: ReportData, frames: Frames, palette: charts.Palette) -> dict[str, Any] | None:
    truth, summary = frames.get("truth"), frames.get("summary")
    if truth is None or summary is None:
        return None
    true_values = truth.select("system", "measure", pl.col("value").alias("truth"))
    rows = summary.join(true_values, on=["system", "measure"], maintain_order="left")
    if rows.is_empty():
        return None
    rows = rows.with_columns(inside=pl.col("truth").is_between("low", "high"))
    systems = _ordered_systems(data, frames)
    panels, table = [], []
    for measure in _distinct(rows, "measure"):
        some = _in_order(rows.filter(measure=measure), systems)
        panels.append((measure, charts.intervals(some, palette, _values_in_words(measure, some))))
        table += _rows(some)
    known = [row["inside"] for row in table if row["inside"] is not None]
    return {"panels": panels, "rows": table, "inside": sum(known), "known": len(known)}


def _annotators(_data: ReportData, frames: Frames, _palette: charts.Palette) -> dict[str, Any] | None:
    annotators = frames.get("annotators")
    if annotators is None:
        return None
    known = [name for name in annotators.columns if annotators[name].null_count() < len(annotators)]
    rows = annotators.select(known).sort("answers", descending=True, maintain_order=True).head(_ANNOTATORS)
    panels = []
    if "skill" in known:
        rows = rows.sort("skill", descending=True, nulls_last=True, maintain_order=True)
        drawn = rows.drop_nulls("skill")
        compared = rows.drop_nulls(["skill", "true_skill"]) if "true_skill" in known else pl.DataFrame()
        if len(compared):
            words = "Estimated against simulated skill"
            panels.append((words, charts.skills(compared, f"{words}, {len(compared)} annotators")))
        words = "Estimated skill against answers given"
        panels.append((words, charts.skills_by_answers(drawn, f"{words}, {len(drawn)} annotators")))
    return {"rows": _rows(rows), "columns": known, "panels": panels, "all": len(annotators)}


def _agreement(data: ReportData, frames: Frames, _palette: charts.Palette) -> dict[str, Any] | None:
    aggregators = _rows(frames.get("aggregators"))
    if not (data.agreement or data.cost or aggregators):
        return None
    total = {
        "answers": sum(line.answers for line in data.cost),
        "pages": sum(line.pages for line in data.cost),
        "dollars": sum(line.dollars for line in data.cost),
    }
    return {"agreement": data.agreement, "cost": data.cost, "total": total, "aggregators": aggregators}


def _queries(data: ReportData, _frames: Frames, _palette: charts.Palette) -> dict[str, Any] | None:
    if not data.disagreements:
        return None
    grades = [
        item.grade
        for query in data.disagreements
        for item in (*query.left, *query.right)
        if item.grade is not None
    ]
    return {"queries": data.disagreements, "top_grade": max(grades, default=0) or 1}


def _method(data: ReportData, _frames: Frames, _palette: charts.Palette) -> dict[str, Any]:
    return {"method": data.method, "data": data.data, "seed": data.seed}


def _ordered_systems(data: ReportData, frames: Frames) -> list[str]:
    """Return the systems of the summary, best first on the headline's measure."""
    summary = frames.get("summary")
    if summary is None:
        return []
    measure = data.verdicts[0].measure if data.verdicts else summary["measure"][0]
    ranked = summary.filter(measure=measure).sort(
        "value", descending=True, nulls_last=True, maintain_order=True
    )
    systems = _distinct(ranked, "system")
    return systems + [s for s in _distinct(summary, "system") if s not in systems]


def _all_verdicts(data: ReportData) -> list[VerdictLine]:
    learned: list[Retrained] = [data.retrained] if data.retrained else []
    return [*data.verdicts, *(r.verdict for r in learned)]


def _difference_chart(line: VerdictLine, data: ReportData, palette: charts.Palette) -> Any:
    words = (
        f"{line.system} minus {line.other} on {line.measure}: {number(line.estimate)},"
        f" {percent(data.confidence, 0)} interval {number(line.low)} to {number(line.high)}"
    )
    colour = palette.get(line.better or "", "var(--soft)")
    return charts.difference(line.estimate, line.low, line.high, colour, words)


def _interval_scales(lines: tuple[VerdictLine, ...]) -> dict[str, tuple[float, float]]:
    """Return the smallest and largest number of every measure's differences, 0 among them."""
    ends: dict[str, tuple[float, float]] = {}
    for line in lines:
        low, high = ends.get(line.measure, (0.0, 0.0))
        ends[line.measure] = (min(low, line.low), max(high, line.high))
    return ends


def _values_in_words(measure: str, rows: pl.DataFrame) -> str:
    parts = []
    for row in rows.iter_rows(named=True):
        text = f"{row['system']} {number(row['value'])}"
        if row["low"] is not None and row["high"] is not None:
            text += f" ({number(row['low'])} to {number(row['high'])})"
        if row.get("truth") is not None:
            text += f", true value {number(row['truth'])}"
        parts.append(text)
    return f"{measure}: {'; '.join(parts)}"


def _in_order(rows: pl.DataFrame, systems: list[str]) -> pl.DataFrame:
    place = {system: i for i, system in enumerate(systems)}
    return rows.sort(pl.col("system").replace_strict(place, return_dtype=pl.Int32))


def _distinct(frame: pl.DataFrame | None, column: str) -> list[str]:
    return [] if frame is None else frame[column].unique(maintain_order=True).to_list()


def _rows(frame: pl.DataFrame | None) -> list[dict[str, Any]]:
    return [] if frame is None else frame.to_dicts()
