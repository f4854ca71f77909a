"""Turn values, verdicts, plans and stopping paths into the sections of their pages."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from markupsafe import Markup

from palate.report import _charts as charts
from palate.report import _evaluation_charts as evaluation_charts
from palate.report._drawing import ACCENT, SOFT
from palate.report._evaluation_data import ComparisonSheet, EvaluationSheet
from palate.report._numbers import number, signed
from palate.report._sections import Section
from palate.report._short_names import short_names, shorter

if TYPE_CHECKING:
    from palate.inference import Verdict

__all__ = [
    "comparison_picture",
    "comparison_sections",
    "evaluation_picture",
    "evaluation_sections",
    "systems_by_value",
]

_COLOURS = 8
_DRAWN = 40
"""Systems of a forest; a table has them all."""
_CURVES = 8
_PAIRS = 15
_BY_QUERY = 6
_MATRICES = 4
_WIDE, _NARROW = 12, 6
"""Systems of a win matrix at most, and up to how many its columns have names and not numbers."""
_EXTREMES = 5
_NAME, _LONG_NAME = 17, 34
"""Letters of a name that a chart has room for: of one of two, and of one alone."""
_LISTED = 1000


def evaluation_sections(sheet: EvaluationSheet) -> list[Section]:
    """Return what the page of values shows."""
    systems = systems_by_value(sheet.evaluation)
    palette = _palette(systems[:_CURVES])
    drawn = [system for system in systems if system in set(sheet.curves["system"])][:_CURVES]
    among = sheet.curves.filter(pl.col("system").is_in(drawn))
    common = {
        "palette": palette,
        "key": [(system, palette[system], shape) for system, shape in zip(drawn, _shapes(), strict=False)],
        "systems": drawn,
        "all": len(systems),
    }
    precision, gain, judged = (_curve(among, name, palette) for name in ("precision", "gain", "judged"))
    found = [Section("values", "How good each system is", _values(sheet.evaluation, systems))]
    found.append(
        Section(
            "curves",
            "Along the ranking",
            {**common, "precision": precision, "gain": gain, "rows": _by_rank(among, "gain", drawn)},
        )
    )
    unanswered = pl.DataFrame(sheet.evaluation.coverage)["missing"].sum()
    content = {
        **common,
        "chart": judged,
        "rows": _by_rank(among, "judged", drawn),
        "unanswered": int(unanswered or 0),
    }
    found.append(Section("judged", "How deep the judgments go", content))
    return found


def evaluation_picture(sheet: EvaluationSheet) -> Markup:
    """Draw the intervals of the first measure."""
    systems = systems_by_value(sheet.evaluation)
    return _forest(sheet.evaluation, str(sheet.evaluation.measures[0]), systems)


def comparison_sections(sheet: ComparisonSheet) -> list[Section]:
    """Return what the page of a comparison shows."""
    systems = systems_by_value(sheet.evaluation)
    palette = _palette(systems)
    found = [Section("differences", "Who is better, and how sure that is", _differences(sheet, palette))]
    found.append(Section("by-query", "Query by query", _by_query(sheet, palette)))
    if len(systems) > 2:
        found.append(Section("wins", "Who is ahead how often", _wins(sheet, systems, palette)))
    if sheet.by_segment is not None:
        found.append(Section("by-segment", "In parts of the queries", _by_segment(sheet, palette)))
    found.append(Section("values", "How good each system is", _values(sheet.evaluation, systems)))
    return found


def comparison_picture(sheet: ComparisonSheet) -> tuple[Markup, str]:
    """Draw a single comparison query by query, several as intervals; with a caption."""
    first, palette = sheet.verdicts[0], _palette(systems_by_value(sheet.evaluation))
    if len(sheet.verdicts) == 1:
        names = _pair(verdict_row(first), short_names((first.system, first.other), 12))
        return _bars(sheet, first, palette)["chart"], f"{first.measure}, {names}, by query"
    among = [verdict for verdict in sheet.verdicts if verdict.measure == first.measure]
    return _difference_chart(among[:_PAIRS], palette), f"Differences on {first.measure}"


def systems_by_value(evaluation: Any) -> list[str]:
    """Return the systems, the best on the first measure first."""
    summary = pl.DataFrame(evaluation.summary).filter(pl.col("measure") == str(evaluation.measures[0]))
    return [str(s) for s in summary.sort("value", "system", descending=[True, False])["system"]]


def _palette(systems: Sequence[str]) -> dict[str, str]:
    return {system: f"var(--series-{place % _COLOURS + 1})" for place, system in enumerate(systems)}


def _shapes() -> list[int]:
    """Return the shape of each of the systems drawn, as the style knows it."""
    return [place % len(evaluation_charts.SHAPES) for place in range(_CURVES)]


def _values(evaluation: Any, systems: list[str]) -> dict[str, Any]:
    summary = pl.DataFrame(evaluation.summary).with_columns(pl.col("system").cast(pl.String))
    measures = [str(measure) for measure in evaluation.measures]
    return {
        "confidence": evaluation.confidence,
        "palette": _palette(systems),
        "panels": [(measure, _forest(evaluation, measure, systems)) for measure in measures],
        "drawn": min(_DRAWN, len(systems)),
        "systems": systems[:_LISTED],
        "measures": measures,
        "cells": {(row["system"], row["measure"]): row for row in summary.to_dicts()},
        "coverage": pl.DataFrame(evaluation.coverage).head(_LISTED).to_dicts(),
    }


def _forest(evaluation: Any, measure: str, systems: list[str]) -> Markup:
    shown = systems[:_DRAWN]
    summary = pl.DataFrame(evaluation.summary).filter(pl.col("measure") == measure)
    rows = pl.DataFrame({"system": shown}).join(
        summary.with_columns(pl.col("system").cast(pl.String)), on="system", maintain_order="left"
    )
    rows = rows.select("system", pl.col("value", "low", "high").cast(pl.Float64))
    words = "; ".join(f"{r['system']} {_in_words(r['value'], r['low'], r['high'])}" for r in rows.to_dicts())
    short = short_names(systems, _LONG_NAME)
    palette = {short[system]: colour for system, colour in _palette(systems).items()}
    rows = rows.with_columns(pl.col("system").replace(short))
    return charts.intervals(rows, palette, f"{measure} of each system: {words}")


def _in_words(value: float, low: float | None, high: float | None) -> str:
    return number(value) + ("" if low is None or high is None else f" ({number(low)} to {number(high)})")


_AXES = {
    "precision": ("Recall", "Precision"),
    "gain": ("Rank", "nDCG up to this rank"),
    "judged": ("Rank", "Judged up to this rank"),
}


def _curve(curves: pl.DataFrame, name: str, palette: dict[str, str]) -> Markup:
    rows = curves.filter(pl.col("curve") == name)
    across, up = _AXES[name]
    words = "; ".join(
        f"{part['system'][0]} from {number(part['value'][0], 2)} at {part['x'][0]:g} to {number(part['value'][-1], 2)} at"
        f" {part['x'][-1]:g}"
        for part in rows.partition_by("system", maintain_order=True)
    )
    label = f"{up} by {across.casefold()}: {words}"
    return evaluation_charts.curves(rows, palette, label, (across, up), whole=name == "judged")


def _by_rank(curves: pl.DataFrame, name: str, systems: Sequence[str]) -> list[dict[str, Any]]:
    """Return a row a rank: the value of every system."""
    rows = curves.filter(pl.col("curve") == name)
    cells = {(r["x"], r["system"]): r["value"] for r in rows.to_dicts()}
    ranks = sorted({x for x, _ in cells})
    return [{"rank": int(x), "values": [cells.get((x, system)) for system in systems]} for x in ranks]


def _differences(sheet: ComparisonSheet, palette: dict[str, str]) -> dict[str, Any]:
    panels = []
    for measure in dict.fromkeys(v.measure for v in sheet.verdicts):
        among = [v for v in sheet.verdicts if v.measure == measure]
        note = f"the first {_PAIRS} of {len(among)}" if len(among) > _PAIRS else ""
        panels.append((measure, _difference_chart(among[:_PAIRS], palette), note))
    return {
        "panels": panels,
        "palette": palette,
        "verdicts": [verdict_row(v) for v in sheet.verdicts[:_LISTED]],
        "all": len(sheet.verdicts),
        "estimand": sheet.verdicts[0].difference.method.estimand,
        "adjusted": any(v.multiplicity is not None for v in sheet.verdicts),
        "confidence": sheet.verdicts[0].difference.interval.confidence,
    }


def verdict_row(verdict: Verdict) -> dict[str, Any]:
    """Return what tables show of a verdict."""
    interval, p_value = verdict.difference.interval, verdict.difference.p_value
    return {
        "measure": verdict.measure,
        "system": verdict.system,
        "other": verdict.other,
        "difference": interval.estimate,
        "low": _finite(interval.low),
        "high": _finite(interval.high),
        "p_value": p_value if verdict.multiplicity is None else verdict.multiplicity.p_value,
        "won": None if verdict.effects is None else verdict.effects.won.estimate,
        "queries": verdict.difference.n_queries,
        "better": verdict.better,
    }


def _finite(bound: float) -> float | None:
    return bound if isfinite(bound) else None


def _difference_chart(verdicts: Sequence[Verdict], palette: dict[str, str]) -> Markup:
    found, short = [verdict_row(verdict) for verdict in verdicts], short_names(list(palette), _NAME)
    return _pairs_chart(found, [_pair(row, short) for row in found], palette)


def _pairs_chart(found: list[dict[str, Any]], names: list[str], palette: dict[str, str]) -> Markup:
    """Draw a row a verdict, in the colour of the better system, grey where none is."""
    rows = pl.DataFrame(
        {
            "name": names,
            "value": [row["difference"] for row in found],
            "low": [row["low"] for row in found],
            "high": [row["high"] for row in found],
            "colour": [SOFT if row["better"] is None else palette[row["better"]] for row in found],
        },
        schema_overrides=dict.fromkeys(("value", "low", "high"), pl.Float64),
    )
    words = "; ".join(
        f"{row['system']} against {row['other']} {_in_words(row['difference'], row['low'], row['high'])}"
        for row in found
    )
    return evaluation_charts.difference_forest(rows, f"Differences on {found[0]['measure']}: {words}")


def _pair(row: dict[str, Any], short: dict[str, str]) -> str:
    return f"{short[row['system']]} − {short[row['other']]}"


def _by_query(sheet: ComparisonSheet, palette: dict[str, str]) -> dict[str, Any]:
    shown = sheet.verdicts[:_BY_QUERY]
    return {
        "palette": palette,
        "panels": [_bars(sheet, verdict, palette) for verdict in shown],
        "all": len(sheet.verdicts),
    }


def _bars(sheet: ComparisonSheet, verdict: Verdict, palette: dict[str, str]) -> dict[str, Any]:
    """Return one comparison query by query: its chart, its counts, and the queries that differ most."""
    rows = _paired(sheet.evaluation, verdict)
    differences = rows["difference"].to_numpy()
    wins, losses = int((differences > 0).sum()), int((differences < 0).sum())
    words = (
        f"Differences on {verdict.measure}, query by query: {verdict.system} is ahead on {wins:,}, {verdict.other} on"
        f" {losses:,}, both are the same on {len(rows) - wins - losses:,}; in the mean {signed(float(np.mean(differences)))}"
    )
    colours = (palette[verdict.system], palette[verdict.other])
    if colours[0] == colours[1]:
        colours = (ACCENT, SOFT)
    ordered = rows.sort("difference", "query", descending=[True, False])
    ends = ordered.filter(pl.col("difference") > 0).head(_EXTREMES).to_dicts()
    ends += ordered.filter(pl.col("difference") < 0).tail(_EXTREMES).to_dicts()
    return {
        "chart": evaluation_charts.sorted_differences(differences, colours, words),
        "verdict": verdict,
        "colours": colours,
        "wins": wins,
        "losses": losses,
        "ties": len(rows) - wins - losses,
        "mean": float(np.mean(differences)),
        "rows": ends,
        "queries": len(rows),
    }


def _paired(evaluation: Any, verdict: Verdict) -> pl.DataFrame:
    """Return ``query, value, other, difference`` of the two systems, rounded so that equal values are ties."""
    values = pl.DataFrame(evaluation.per_query).filter(pl.col("measure") == verdict.measure)
    values = values.with_columns(pl.col("system", "query").cast(pl.String))
    one, two = (
        values.filter(pl.col("system") == name).select("query", "value")
        for name in (verdict.system, verdict.other)
    )
    paired = one.join(two.rename({"value": "other"}), on="query", maintain_order="left")
    return paired.with_columns(difference=(pl.col("value") - pl.col("other")).round(12))


def _wins(sheet: ComparisonSheet, systems: list[str], palette: dict[str, str]) -> dict[str, Any]:
    """Return a matrix a measure: on which share of the queries the row is ahead, a tie counting half."""
    measures = list(dict.fromkeys(v.measure for v in sheet.verdicts))
    cells: dict[tuple[str, str, str], tuple[float, bool]] = {}
    for verdict in sheet.verdicts:
        if verdict.effects is None:
            continue
        won, sure = verdict.effects.won.estimate, verdict.better is not None
        cells[verdict.measure, verdict.system, verdict.other] = (won, sure)
        cells[verdict.measure, verdict.other, verdict.system] = (1 - won, sure)
    return {
        "palette": palette,
        "systems": systems[:_WIDE],
        "numbered": len(systems) > _NARROW or max(map(len, systems)) > _NAME,
        "all": len(systems),
        "measures": measures[:_MATRICES],
        "all_measures": len(measures),
        "cells": cells,
    }


def _by_segment(sheet: ComparisonSheet, palette: dict[str, str]) -> dict[str, Any]:
    """Return a panel for each of the first pairs of systems and measures: its difference in every segment."""
    found = sheet.by_segment
    if found is None:
        return {}
    panels, short = [], short_names(list(palette), _NAME)
    pairs = dict.fromkeys((v.verdict.measure, v.verdict.system, v.verdict.other) for v in found.verdicts)
    for measure, system, other in list(pairs)[:_BY_QUERY]:
        among = [
            v
            for v in found.verdicts
            if (v.verdict.measure, v.verdict.system, v.verdict.other) == (measure, system, other)
        ][:_PAIRS]
        rows = [verdict_row(v.verdict) for v in among]
        names = [shorter(str(v.segment), _LONG_NAME) for v in among]
        title = f"{short[system]} − {short[other]} on {measure}"
        panels.append((title, _pairs_chart(rows, names, palette)))
    return {
        "panels": panels,
        "all": len(pairs),
        "differ": [tested.sentence for tested in found.heterogeneity if tested.differ][:_LISTED],
        "tested": len(found.heterogeneity),
        "rows": [{"segment": v.segment, **verdict_row(v.verdict)} for v in found.verdicts[:_LISTED]],
        "palette": palette,
    }
