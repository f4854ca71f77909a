"""The page of verdicts that count other annotators, and of values under judgments with probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from palate.report import _charts as charts
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
from palate.report._numbers import count, number, p_value, percent, signed

if TYPE_CHECKING:
    from palate.evaluation import CrossedVerdict, PosteriorValues

__all__ = ["crossed_findings", "posterior_findings"]

_PAIRS = 8
"""Pairs of systems in a chart, each with two intervals."""
_SHARES = 6


def crossed_findings(verdicts: tuple[CrossedVerdict, ...]) -> Findings:
    """Show each difference in both intervals, and where its noise comes from."""
    first = verdicts[0]
    systems = [name for v in verdicts for name in (v.system, v.other)]
    palette = colours_of(systems)
    figures = [
        ("queries", count(first.queries)),
        ("annotators", count(first.annotators)),
        ("answers", count(first.answers)),
    ]
    if len(verdicts) > 1:
        winners = sum(v.better is not None for v in verdicts)
        figures.append(("comparisons with a winner", f"{winners:,} of {len(verdicts):,}"))
    measures = dict.fromkeys(v.measure for v in verdicts)
    panels = [_both([v for v in verdicts if v.measure == m], systems, palette) for m in measures]
    counted = " and ".join(f"other {name}" for name in first.shares)
    widened = ", widened for the other comparisons" if first.comparisons > 1 else ""
    lead = [
        (
            f"The upper line of each pair is the {percent(first.method.confidence, 0)} interval for {counted}{widened}; the grey"
            " one below it is the same for other queries alone, as if nobody else could have answered."
        ),
        "In a system’s colour where that system is better by the upper one; grey where they are not told apart.",
    ]
    sections = [
        found_section(
            "both-intervals", "Who is better, and how sure that is", lead, panels, [_verdict_table(verdicts)]
        ),
        found_section(
            "shares",
            "Where the noise comes from",
            _SHARE_LEAD,
            _share_panels(verdicts),
            [_share_table(verdicts)],
        ),
    ]
    head = head_of("Verdict", first.sentence, figures, first.notes)
    return Findings(head, sections, panels[0].chart, panels[0].title)


_SHARE_LEAD = (
    "How much of the variance of a difference comes from which queries were asked, and how much who answered adds to it.",
    "Where annotators add most, more annotators help; where queries do, more queries.",
)


def _both(verdicts: list[CrossedVerdict], systems: list[str], palette: dict[str, str]) -> Panel:
    short, rows = pair_names(systems), []
    for v in verdicts[:_PAIRS]:
        name = f"{short[v.system]} − {short[v.other]}"
        colour = SOFT if v.better is None else palette[v.better]
        rows.append(Row(name, v.interval.estimate, v.interval.low, v.interval.high, colour))
        alone = v.queries_only
        rows.append(Row("queries alone", alone.estimate, alone.low, alone.high, SOFT, None))
    note = f"the first {_PAIRS} of {len(verdicts):,}" if len(verdicts) > _PAIRS else ""
    title = f"Differences on {verdicts[0].measure}"
    return Panel(title, forest(rows, title), note)


def _verdict_table(verdicts: tuple[CrossedVerdict, ...]) -> FoundTable:
    columns = [
        "Measure",
        "System",
        "Against",
        "Difference",
        "Interval",
        "Other queries alone",
        "p",
        "Better",
    ]
    rows = (
        (
            v.measure,
            v.system,
            v.other,
            signed(v.interval.estimate),
            between(v.interval.low, v.interval.high),
            between(v.queries_only.low, v.queries_only.high),
            p_value(v.p_value),
            v.better or "not told apart",
        )
        for v in verdicts
    )
    return FoundTable.of("Verdicts", columns, rows, ["System", "Against", "Better"])


def _share_panels(verdicts: tuple[CrossedVerdict, ...]) -> list[Panel]:
    short = pair_names([name for v in verdicts for name in (v.system, v.other)])
    panels = []
    for v in verdicts[:_SHARES]:
        title = f"{short[v.system]} − {short[v.other]} on {v.measure}"
        table = pl.DataFrame(
            {"feature": [n.capitalize() for n in v.shares], "share": list(v.shares.values())}
        )
        words = ", ".join(f"{name} {percent(share, 0)}" for name, share in v.shares.items())
        panels.append(Panel(title, charts.bars(table, f"Shares of the variance of {title}: {words}")))
    return panels


def _share_table(verdicts: tuple[CrossedVerdict, ...]) -> FoundTable:
    sources = list(verdicts[0].shares)
    rows = (
        (v.measure, v.system, v.other, *(percent(v.shares[s]) for s in sources), number(v.degrees, 1))
        for v in verdicts
    )
    columns = ["Measure", "System", "Against", *(s.capitalize() for s in sources), "Degrees of freedom"]
    return FoundTable.of("Shares of the variance", columns, rows, ["System", "Against"])


def posterior_findings(found: PosteriorValues) -> Findings:
    """Show values and differences over what the judgments leave open."""
    values, differences = pl.DataFrame(found.values), pl.DataFrame(found.differences)
    values = values.with_columns(pl.col("system").cast(pl.String))
    differences = differences.with_columns(pl.col("system", "other").cast(pl.String))
    systems = values["system"].unique(maintain_order=True).to_list()
    palette, share = colours_of(systems), percent(found.confidence, 0)
    panels, gaps = [], []
    for measure in values["measure"].unique(maintain_order=True):
        rows = values.filter(pl.col("measure") == measure).sort("value", descending=True)
        panels.append(
            value_panel(str(measure), rows.select("system", "value", "low", "high").rows(), palette)
        )
        among = differences.filter(pl.col("measure") == measure).to_dicts()
        if among:
            gaps.append(_judgment_forest(among, systems, palette))
    lead = [
        (
            f"Each dot is the mean over the grades that the judgments allow; its line is the {share} interval for other queries like"
            " these and for other grades."
        ),
        "The value under the most probable grades alone stands in the table: it says nothing of their doubt.",
    ]
    sections = [
        found_section("posterior", "How good each system is", lead, panels, [_posterior_values(values)])
    ]
    if gaps:
        lead = [
            f"The upper line of each pair is the {share} interval for other queries like these and for other grades; the grey one below it is that for these queries: how far doubt in the grades alone moves it.",
            "In a system’s colour where that system is better; grey where they are not told apart.",
        ]
        table = _posterior_differences(differences)
        sections.insert(0, found_section("gaps", "Who is better, and how sure that is", lead, gaps, [table]))
    first = values.row(0, named=True)
    sentence = (
        found.sentences[0]
        if found.sentences
        else f"{first['system']} has {first['measure']} {number(first['value'])}"
    )
    figures = [
        ("queries", count(first["queries"])),
        ("systems", count(len(systems))),
        ("draws of the grades", count(found.draws)),
    ]
    main = (gaps or panels)[0]
    return Findings(head_of("Verdict", sentence, figures, found.notes), sections, main.chart, main.title)


def _judgment_forest(among: list[dict[str, object]], systems: list[str], palette: dict[str, str]) -> Panel:
    short, rows = pair_names(systems), []
    for row in among[:_PAIRS]:
        value, low, high, judged_low, judged_high = (
            float(row[name]) if row[name] is not None else None  # type: ignore[arg-type]  # numbers or none
            for name in ("value", "low", "high", "judgment_low", "judgment_high")
        )
        colour = SOFT
        if low is not None and high is not None and not low <= 0 <= high:
            colour = palette[str(row["system"] if low > 0 else row["other"])]
        name = f"{short[str(row['system'])]} − {short[str(row['other'])]}"
        rows.append(Row(name, value or 0.0, low, high, colour))
        rows.append(Row("these queries", value or 0.0, judged_low, judged_high, SOFT))
    title = f"Differences on {among[0]['measure']}"
    note = f"the first {_PAIRS} of {len(among):,}" if len(among) > _PAIRS else ""
    return Panel(title, forest(rows, title), note)


def _posterior_values(values: pl.DataFrame) -> FoundTable:
    columns = [
        "System",
        "Measure",
        "Best guess",
        "Value",
        "Interval",
        "These queries",
        "Queries",
    ]
    rows = (
        (
            r["system"],
            str(r["measure"]),
            number(r["best_guess"]),
            number(r["value"]),
            span(r["low"], r["high"]),
            span(r["judgment_low"], r["judgment_high"]),
            count(r["queries"]),
        )
        for r in values.to_dicts()
    )
    return FoundTable.of("Values", columns, rows, ["Measure"])


def _posterior_differences(differences: pl.DataFrame) -> FoundTable:
    columns = ["Measure", "System", "Against", "Best guess", "Difference", "Interval", "These queries"]
    rows = (
        (
            str(r["measure"]),
            r["system"],
            r["other"],
            signed(r["best_guess"]),
            signed(r["value"]),
            between(r["low"], r["high"]),
            between(r["judgment_low"], r["judgment_high"]),
        )
        for r in differences.to_dicts()
    )
    return FoundTable.of("Differences", columns, rows, ["System", "Against"])
