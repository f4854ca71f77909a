"""The pages of what judgments say where most items have none: samples, and the least and the most that is possible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from palate.report._drawing import SOFT
from palate.report._finding_parts import (
    Findings,
    FoundTable,
    Panel,
    Row,
    between,
    colours_of,
    forest,
    found_section,
    head_of,
    pair_names,
    span,
    value_panel,
)
from palate.report._numbers import count, number, percent, signed

if TYPE_CHECKING:
    from palate.evaluation import HoleBounds, SampledEvaluation

__all__ = ["hole_findings", "sampled_findings"]

_DRAWN = 15


def sampled_findings(found: SampledEvaluation) -> Findings:
    """Show values and differences estimated from a sample, and what each kind of chance adds."""
    summary, differences = _frames(found)
    systems = _by_value(summary, str(found.measures[0]))
    first, share = summary.row(0, named=True), percent(found.confidence, 0)
    lead = [
        (
            f"Each dot is what the whole pool is estimated to give; its line is the {share} interval, for other queries and other"
            f" items drawn."
        ),
        "Covered is the share of the ranks’ weight that the sample stands for; an estimate, too, it may be above 100%.",
    ]
    panels = _value_panels(summary, systems, found.measures)
    tables = [_estimates(summary)]
    sections = [found_section("estimated", "How good each system is", lead, panels, tables)]
    gaps = _gap_panels(differences, systems, found.measures)
    if gaps:
        lead = [
            (
                f"Each line is the {share} interval of a difference. In a system’s colour where that system is better; grey where they"
                " are not told apart."
            ),
            "Error of judgments is what drawing items adds: where it is the larger one, judge more items; else ask more queries.",
        ]
        tables = [_estimated_differences(differences)]
        sections.insert(0, found_section("gaps", "Who is better, and how sure that is", lead, gaps, tables))
    figures = [("queries", count(first["queries"])), ("systems", count(len(systems)))]
    claim = f"{first['system']} has {first['measure']} {number(first['value'])}"
    head = head_of("Estimate", (*found.sentences, claim)[0], figures, found.notes)
    main = (gaps or panels)[0]
    return Findings(head, sections, main.chart, main.title)


def _estimates(summary: pl.DataFrame) -> FoundTable:
    columns = [
        "System",
        "Measure",
        "Value",
        "Interval",
        "Error of queries",
        "Error of judgments",
        "Covered",
        "Queries",
    ]
    rows = (
        (
            r["system"],
            r["measure"],
            number(r["value"]),
            span(r["low"], r["high"]),
            number(r["error_of_queries"]),
            number(r["error_of_judgments"]),
            percent(r["covered"], 0),
            count(r["queries"]),
        )
        for r in summary.to_dicts()
    )
    return FoundTable.of("Estimated from the sample", columns, rows, ["Measure"])


def _estimated_differences(differences: pl.DataFrame) -> FoundTable:
    columns = [
        "System",
        "Against",
        "Measure",
        "Difference",
        "Interval",
        "Error of queries",
        "Error of judgments",
    ]
    rows = (
        (
            r["system"],
            r["other"],
            r["measure"],
            signed(r["difference"]),
            between(r["low"], r["high"]),
            number(r["error_of_queries"]),
            number(r["error_of_judgments"]),
        )
        for r in differences.to_dicts()
    )
    return FoundTable.of("Differences", columns, rows, ["Against", "Measure"])


def hole_findings(found: HoleBounds) -> Findings:
    """Show the least and the most that unjudged items allow."""
    summary, differences = _frames(found)
    systems, first = _by_value(summary, str(found.measures[0])), summary.row(0, named=True)
    lead = [
        (
            "No chance is involved: each line runs from the value with all unjudged items as bad for the system as they can be to that with"
            " all as good as they can be. The dot takes them as not relevant."
        ),
    ]
    panels = _value_panels(summary, systems, found.measures)
    sections = [found_section("possible", "Where values can end", lead, panels, [_possible(summary)])]
    gaps = _gap_panels(differences, systems, found.measures)
    figures = [("unjudged items", count(found.holes)), ("systems", count(len(systems)))]
    if gaps:
        lead = [
            (
                "Where a line excludes 0, no further judgment can turn the difference round: it then has the colour of the system above;"
                " grey where it is open."
            ),
        ]
        tables = [_possible_differences(differences)]
        sections.insert(0, found_section("gaps", "Can it turn round?", lead, gaps, tables))
        sure = int(((differences["low"] > 0) | (differences["high"] < 0)).sum())
        figures.append(("differences that stay as they are", f"{sure:,} of {len(differences):,}"))
    claim = f"{first['system']} ends between {number(first['low'])} and {number(first['high'])} on {first['measure']}"
    head = head_of("Bounds", (*found.sentences, claim)[0], figures, ())
    main = (gaps or panels)[0]
    return Findings(head, sections, main.chart, main.title)


def _possible(summary: pl.DataFrame) -> FoundTable:
    columns = ["System", "Measure", "Lowest", "Unjudged not relevant", "Highest", "Reached"]
    rows = (
        (r["system"], r["measure"], number(r["low"]), number(r["value"]), number(r["high"]), _reached(r))
        for r in summary.to_dicts()
    )
    return FoundTable.of("Lowest and highest values", columns, rows, ["Measure", "Reached"])


def _possible_differences(differences: pl.DataFrame) -> FoundTable:
    columns = ["System", "Against", "Measure", "Lowest", "Unjudged not relevant", "Highest", "Reached"]
    rows = (
        (
            r["system"],
            r["other"],
            r["measure"],
            *(signed(r[c]) for c in ("low", "difference", "high")),
            _reached(r),
        )
        for r in differences.to_dicts()
    )
    return FoundTable.of("Lowest and highest differences", columns, rows, ["Against", "Measure", "Reached"])


def _reached(row: dict[str, Any]) -> str:
    return "yes" if row["exact"] else "may be too wide"


def _frames(found: Any) -> tuple[pl.DataFrame, pl.DataFrame]:
    summary = pl.DataFrame(found.summary).with_columns(pl.col("system", "measure").cast(pl.String))
    differences = pl.DataFrame(found.differences)
    if len(differences):
        differences = differences.with_columns(pl.col("system", "other", "measure").cast(pl.String))
    return summary, differences


def _by_value(summary: pl.DataFrame, measure: str) -> list[str]:
    rows = summary.filter(pl.col("measure") == measure).sort("value", descending=True, nulls_last=True)
    return rows["system"].to_list()


def _value_panels(summary: pl.DataFrame, systems: list[str], measures: Any) -> list[Panel]:
    palette, panels = colours_of(systems), []
    for measure in map(str, measures):
        among = summary.filter((pl.col("measure") == measure) & pl.col("value").is_not_null())
        among = among.sort("value", descending=True)
        if len(among):
            panels.append(
                value_panel(measure, among.select("system", "value", "low", "high").rows(), palette)
            )
    return panels


def _gap_panels(differences: pl.DataFrame, systems: list[str], measures: Any) -> list[Panel]:
    palette, short, panels = colours_of(systems), pair_names(systems), []
    for measure in map(str, measures if len(differences) else ()):
        among = differences.filter(
            (pl.col("measure") == measure) & pl.col("difference").is_not_null()
        ).to_dicts()
        rows = [
            Row(
                f"{short[r['system']]} − {short[r['other']]}",
                r["difference"],
                r["low"],
                r["high"],
                _colour(r, palette),
            )
            for r in among[:_DRAWN]
        ]
        note = f"the first {_DRAWN} of {len(among):,}" if len(among) > _DRAWN else ""
        if rows:
            panels.append(Panel(f"Differences on {measure}", forest(rows, f"Differences on {measure}"), note))
    return panels


def _colour(row: dict[str, Any], palette: dict[str, str]) -> str:
    """Return the colour of the better system; grey where none is."""
    low, high = row["low"], row["high"]
    if low is None or high is None or low <= 0 <= high:
        return SOFT
    return palette[row["system"] if low > 0 else row["other"]]
