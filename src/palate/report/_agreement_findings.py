"""The page of which measure names the system that people prefer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from palate.report._drawing import ACCENT, SOFT
from palate.report._finding_parts import (
    Findings,
    FoundTable,
    Panel,
    Row,
    between,
    forest,
    found_section,
    head_of,
    pair_names,
    span,
)
from palate.report._numbers import NONE, count, number, percent, signed
from palate.report._short_names import short_names

if TYPE_CHECKING:
    from palate.evaluation import MeasureAgreement
    from palate.report._sections import Section

__all__ = ["agreement_findings"]

_DRAWN = 15
_NAME = 34
_SEGMENTS = 6


def agreement_findings(found: MeasureAgreement) -> Findings:
    """Show how often each measure names the system that people prefer."""
    measures = pl.DataFrame(found.measures).with_columns(pl.col("segment", "measure").cast(pl.String))
    everything = measures["segment"][0]
    overall = measures.filter(pl.col("segment") == everything)
    share = percent(found.confidence, 0)
    panels = [_agreement_panel("Names the preferred system", overall, "agreement")]
    if overall["tau"].is_not_null().any():
        panels.append(_agreement_panel("Kendall’s tau with people", overall, "tau"))
    lead = [
        (
            "How often the measure is higher for the system that people prefer, on pairs where they prefer one; a measure that is the same"
            " for both counts as half."
        ),
        f"The lines are {share} intervals, from resampling queries. Upright is what guessing gives: 50%, and a tau of 0.",
    ]
    sections = [
        found_section(
            "measures-found", "Which measure people agree with", lead, panels, [_agreement_table(overall)]
        )
    ]
    differences = pl.DataFrame(found.differences)
    if len(differences):
        differences = differences.filter(pl.col("segment").cast(pl.String) == everything)
        sections.append(_measure_gaps(differences.to_dicts(), share))
    parts = measures["segment"].unique(maintain_order=True).to_list()[1:]
    if parts:
        by_part = [
            _agreement_panel(part, measures.filter(pl.col("segment") == part), "agreement")
            for part in parts[:_SEGMENTS]
        ]
        lead = ["The same, segment by segment: how often each measure names the preferred system."]
        if len(parts) > _SEGMENTS:
            lead.append(f"The first {_SEGMENTS} of {len(parts):,} segments are drawn.")
        table = _agreement_table(measures.filter(pl.col("segment") != everything), with_segment=True)
        sections.append(found_section("segments", "In parts of the queries", lead, by_part, [table]))
    first = overall.row(0, named=True)
    figures = [
        ("queries", count(first["queries"])),
        ("pairs compared", count(first["pairs"])),
        ("with a preference", count(first["decided"])),
    ]
    head = head_of("Measures and people", found.sentence, figures, found.notes)
    return Findings(head, sections, panels[0].chart, panels[0].title)


def _agreement_panel(title: str, rows: pl.DataFrame, what: str) -> Panel:
    """Return a row a measure, beside what guessing gives."""
    known = (
        rows.filter(pl.col(what).is_not_null()).select("measure", what, f"{what}_low", f"{what}_high").rows()
    )
    is_share = what == "agreement"
    short = short_names([name for name, *_ in known], _NAME)
    drawn = [
        Row(short[name], value, low, high, ACCENT, percent(value) if is_share else number(value))
        for name, value, low, high in known
    ]
    return Panel(title, forest(drawn, title, as_percent=is_share, beside=0.5 if is_share else 0.0))


def _agreement_table(rows: pl.DataFrame, *, with_segment: bool = False) -> FoundTable:
    segment = ["Segment"] if with_segment else []
    columns = [
        "Measure",
        *segment,
        "Names the preferred",
        "Interval",
        "tau",
        "Its interval",
        "Queries",
        "Pairs decided",
        "Measure the same",
    ]
    cells = (
        (
            r["measure"],
            *([r["segment"]] if with_segment else []),
            percent(r["agreement"]),
            NONE
            if r["agreement_low"] is None
            else f"{percent(r['agreement_low'])} … {percent(r['agreement_high'])}",
            number(r["tau"]),
            span(r["tau_low"], r["tau_high"]),
            count(r["queries"]),
            count(r["decided"]),
            percent(r["value_ties"]),
        )
        for r in rows.to_dicts()
    )
    return FoundTable.of(
        "Agreement by segment" if with_segment else "Agreement with people", columns, cells, ["Segment"]
    )


def _measure_gaps(rows: list[dict[str, Any]], share: str) -> Section:
    short = pair_names([str(r[side]) for r in rows for side in ("measure", "other")])
    drawn = [
        Row(
            f"{short[str(r['measure'])]} − {short[str(r['other'])]}",
            r["agreement"],
            r["agreement_low"],
            r["agreement_high"],
            SOFT if r["agreement_low"] is None or r["agreement_low"] <= 0 <= r["agreement_high"] else ACCENT,
        )
        for r in rows
    ]
    note = f"the first {_DRAWN} of {len(rows):,}" if len(rows) > _DRAWN else ""
    title = "One measure less another"
    panel = Panel(title, forest(drawn[:_DRAWN], title, as_percent=True), note)
    cells = (
        (
            str(r["measure"]),
            str(r["other"]),
            f"{signed(100 * r['agreement'], 1)}%",
            NONE
            if r["agreement_low"] is None
            else f"{between(100 * r['agreement_low'], 100 * r['agreement_high'], 1)} %",
            signed(r["tau"]),
            between(r["tau_low"], r["tau_high"]),
        )
        for r in rows
    )
    columns = ["Measure", "Less", "More often", "Interval", "tau", "Its interval"]
    lead = [
        f"On the same pairs: how much more often one names the preferred system than the other, with the {share} interval. Grey where they are not told apart."
    ]
    return found_section(
        "measure-gaps",
        "Is one measure better?",
        lead,
        [panel],
        [FoundTable.of(title, columns, cells, ["Less"])],
    )
