"""The pages of experiments with live traffic: effects of variants, preferences by clicks, other policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from palate.report import _charts as charts
from palate.report._drawing import ACCENT, SOFT
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
from palate.report._numbers import NONE, count, number, p_value, percent, signed
from palate.report._short_names import short_names, shorter

if TYPE_CHECKING:
    from palate.experiments.ab import ABTest, Effect
    from palate.experiments.interleaving import Preference, Preferences
    from palate.experiments.off_policy import PolicyEvaluation
    from palate.report._sections import Section

__all__ = ["experiment_findings", "policy_findings", "preference_findings", "preferences_findings"]

_LONG_NAME = 34
_PANELS = 8
_GUARDED = {"holds": ACCENT, "broken": "var(--behind)", "not shown": SOFT}


def experiment_findings(found: ABTest) -> Findings:
    """Show the effects of variants; a mismatch of the numbers of units comes before all of them."""
    effects = [e for e in found.effects if e.metric.limit is None]
    guarded = [e for e in found.effects if e.metric.limit is not None]
    sections, panels = [], []
    if effects:
        panels = _effect_panels(effects)
        sections.append(
            found_section(
                "effects-found",
                "What variants do",
                _effect_lead(found),
                panels,
                [_effect_table(effects, "Effects")],
            )
        )
    if guarded:
        panels += (limits := _guardrail_panels(guarded))
        lead = [
            "A guardrail holds where the whole interval stays within the limit; it is not shown to hold where the interval reaches past it.",
            *(f"{e.sentence}." for e in guarded[:_PANELS]),
        ]
        sections.append(
            found_section(
                "guardrails", "What must not get worse", lead, limits, [_effect_table(guarded, "Guardrails")]
            )
        )
    sections.append(_units(found))
    mismatch = found.mismatch
    broken = [f"{e.sentence}." for e in guarded if e.guardrail == "broken"]
    figures = [(f"{found.unit}s", count(sum(found.units.values()))), ("rows", count(found.rows))]
    if effects:
        figures.append(("clear effects", f"{sum(e.clear for e in effects):,} of {len(effects):,}"))
    if guarded:
        figures.append(
            ("guardrails that hold", f"{sum(e.guardrail == 'holds' for e in guarded):,} of {len(guarded):,}")
        )
    if mismatch.found:
        claim, _, rest = mismatch.sentence.partition(": ")
        head = head_of("Experiment", claim, figures, (*broken, *found.notes), f"{rest[:1].upper()}{rest[1:]}")
    else:
        head = head_of("Experiment", found.effects[0].sentence, figures, (*broken, *found.notes))
    return Findings(head, sections, panels[0].chart if panels else None, panels[0].title if panels else "")


def _effect_lead(found: ABTest) -> list[str]:
    lead = [
        "Each dot is how far a variant lies from the control; its line is the interval, from the spread between units."
    ]
    if found.analysis.planned_units is not None:
        lead.append("The intervals stay valid however often one looks.")
    lead.append("In colour where there is a difference; grey where none is clear.")
    return lead


def _effect_panels(effects: list[Effect]) -> list[Panel]:
    """Return a chart of relative changes, and one a metric that has none."""
    names = _effect_names(effects)
    relative = [(n, e, e.relative) for n, e in zip(names, effects, strict=True) if e.relative is not None]
    panels = []
    if relative:
        rows = [Row(n, r.estimate, r.low, r.high, ACCENT if e.clear else SOFT) for n, e, r in relative]
        panels.append(
            Panel(f"Change against {relative[0][1].control}", forest(rows, "Changes", as_percent=True))
        )
    absolute = {n: e for n, e in zip(names, effects, strict=True) if e.relative is None}
    for metric in list(dict.fromkeys(str(e.metric) for e in absolute.values()))[:_PANELS]:
        rows = [
            Row(n, e.difference.estimate, e.difference.low, e.difference.high, ACCENT if e.clear else SOFT)
            for n, e in absolute.items()
            if str(e.metric) == metric
        ]
        panels.append(
            Panel(f"Difference on {shorter(metric, _LONG_NAME)}", forest(rows, f"Differences on {metric}"))
        )
    return panels


def _guardrail_panels(guarded: list[Effect]) -> list[Panel]:
    rows = []
    for name, effect in zip(_effect_names(guarded), guarded, strict=True):
        if effect.relative is not None:
            limit = effect.metric.limit or 0.0
            said = f"{signed(100 * effect.relative.estimate, 1)}% · limit {signed(100 * limit, 1)}%"
            colour = _GUARDED[effect.guardrail or "not shown"]
            rows.append(
                Row(name, effect.relative.estimate, effect.relative.low, effect.relative.high, colour, said)
            )
    if not rows:
        return []
    return [
        Panel(f"Change against {guarded[0].control}", forest(rows, "Changes of guardrails", as_percent=True))
    ]


def _effect_names(effects: list[Effect]) -> list[str]:
    several = len({e.variant for e in effects}) > 1
    names = [f"{e.metric} in {e.variant}" if several else str(e.metric) for e in effects]
    short = short_names(list(dict.fromkeys(names)), 22)
    return [short[name] for name in names]


def _effect_table(effects: list[Effect], caption: str) -> FoundTable:
    columns = ["Metric", "Variant", "Value", "Control", "Change", "Interval", "p", "Found"]
    rows = []
    for e in effects:
        change = (signed(e.difference.estimate), between(e.difference.low, e.difference.high))
        if e.relative is not None:
            bounds = (100 * e.relative.low, 100 * e.relative.high)
            change = (f"{signed(100 * e.relative.estimate, 2)}%", f"{between(*bounds, 2)} %")
        found = e.guardrail or e.direction or "not clear"
        values = (number(e.value), number(e.control_value))
        rows.append((str(e.metric), e.variant, *values, *change, p_value(e.adjusted_p_value), found))
    return FoundTable.of(caption, columns, rows, ["Variant", "Found"])


def _units(found: ABTest) -> Section:
    total, mismatch = sum(found.units.values()), found.mismatch
    expected = sum(mismatch.expected.values())
    rows = (
        (name, count(n), percent(n / total), percent(mismatch.expected[name] / expected))
        for name, n in found.units.items()
    )
    p = mismatch.any_time_p_value if mismatch.any_time else mismatch.p_value
    lead = [
        f"p = {p_value(p)} that chance alone makes numbers as far from the planned shares; below 0.001, units were lost or counted twice."
    ]
    table = FoundTable.of(
        f"{found.unit.capitalize()}s by variant",
        ["Variant", "Units", "Share", "Planned share"],
        rows,
        summary="In numbers",
    )
    return found_section("units", "How many units each variant has", lead, (), [table])


def preference_findings(found: Preference) -> Findings:
    """Show which of two systems people prefer by their clicks."""
    credit, palette = found.credit, colours_of([found.system, found.other])
    colour = SOFT if found.winner is None else palette[found.winner]
    short = short_names([found.system, found.other], 17)
    rows = [
        Row(f"{short[found.system]} − {short[found.other]}", credit.estimate, credit.low, credit.high, colour)
    ]
    panels = [Panel("Credit an impression", forest(rows, "Credit an impression"))]
    decided = found.wins + found.losses
    if decided:
        shares = pl.DataFrame(
            {
                "feature": [short[found.system], short[found.other]],
                "share": [found.wins / decided, found.losses / decided],
            }
        )
        words = (
            f"{found.system} is ahead for {found.wins:,} {found.unit}s, {found.other} for {found.losses:,}"
        )
        panels.append(Panel(f"Who gets more credit, by {found.unit}", charts.bars(shares, words)))
    every = "other users" if found.unit == "user" else "other impressions"
    lead = [
        (
            "The dot is the credit that the first system gets by clicks on a list, less that of the other; its line is the"
            f" {percent(credit.confidence, 0)} interval for {every}."
        ),
    ]
    if found.planned_units is not None:
        lead.append("The interval stays valid however often one looks.")
    won = found.win_share
    numbers = [
        ("Credit an impression", f"{signed(credit.estimate, 4)} ({between(credit.low, credit.high, 4)})"),
        ("p of no preference", p_value(found.p_value)),
        (f"{found.unit.capitalize()}s with more credit for {found.system}", count(found.wins)),
        (f"{found.unit.capitalize()}s with more credit for {found.other}", count(found.losses)),
        (
            "Share won",
            NONE if won is None else f"{percent(won.estimate)} ({percent(won.low)} … {percent(won.high)})",
        ),
        ("p of the sign test", p_value(found.sign_p_value)),
        ("Impressions needed for a preference like this", count(found.impressions_needed)),
    ]
    table = FoundTable.of("Preference", ["What", "Found"], numbers)
    figures = [("impressions", count(found.impressions)), ("clicks", count(found.clicks))]
    if found.unit == "user":
        figures.append(("users", count(found.units)))
    head = head_of("Interleaving", found.sentence, figures, found.notes)
    section = found_section("preference", "Whom people prefer, by their clicks", lead, panels, [table])
    return Findings(head, [section], panels[0].chart, panels[0].title)


def preferences_findings(found: Preferences) -> Findings:
    """Show whom of several systems people prefer, pair by pair."""
    pairs, first = found.pairs, found.pairs[0]
    systems = list(dict.fromkeys(name for pair in pairs for name in (pair.system, pair.other)))
    short, palette = pair_names(systems), colours_of(systems)
    colours = [SOFT if pair.winner is None else palette[pair.winner] for pair in pairs]
    rows = [
        Row(f"{short[p.system]} − {short[p.other]}", p.credit.estimate, p.credit.low, p.credit.high, colour)
        for p, colour in zip(pairs, colours, strict=True)
    ]
    panel = Panel("Credit an impression", forest(rows, "Credit an impression"))
    lead = [
        (
            "Each dot is the credit that the first system of a pair gets by clicks on a list, less that of the second; its line is"
            f" the {percent(first.credit.confidence)} interval, at which all pairs together are judged."
        ),
        "In the colour of the system that people prefer; grey where they are not told apart.",
    ]
    if first.planned_units is not None:
        lead.append("The intervals stay valid however often one looks.")
    cells = (
        (
            pair.system,
            pair.other,
            signed(pair.credit.estimate, 4),
            between(pair.credit.low, pair.credit.high, 4),
            p_value(adjusted),
            f"{pair.wins:,} : {pair.losses:,}",
            pair.winner or "not clear",
        )
        for pair, adjusted in zip(pairs, found.adjusted_p_values, strict=True)
    )
    unit = f"{first.unit.capitalize()}s ahead"
    columns = ["System", "Against", "Credit", "Interval", "p", unit, "Preferred"]
    table = FoundTable.of("Preferences", columns, cells, ["Against", "Preferred"])
    clear = sum(pair.winner is not None for pair in pairs)
    figures = [
        ("impressions", count(first.impressions)),
        ("systems", count(len(systems))),
        ("pairs told apart", f"{clear:,} of {len(pairs):,}"),
    ]
    ahead = next((pair for pair in pairs if pair.winner is not None), first)
    head = head_of("Interleaving", ahead.sentence, figures, found.notes)
    section = found_section("preferences", "Whom people prefer, by their clicks", lead, [panel], [table])
    return Findings(head, [section], panel.chart, panel.title)


def policy_findings(found: PolicyEvaluation) -> Findings:
    """Show what another policy would get, by every method, and how much the log says of it."""
    last = found.values[-1]
    rows = [("the log", found.logged.estimate, found.logged.low, found.logged.high)]
    rows += [(v.name.replace("_", " "), v.value.estimate, v.value.low, v.value.high) for v in found.values]
    colours = {name: ACCENT for name, *_ in rows[1:]}
    lifts = []
    for v in found.values:
        colour = SOFT if 0.0 in v.lift else ACCENT
        lifts.append(Row(v.name.replace("_", " "), v.lift.estimate, v.lift.low, v.lift.high, colour))
    panels = [
        Panel("What the target policy gets more than the log", forest(lifts, "Lift")),
        value_panel("Mean reward", rows, colours),
    ]
    lead = [
        f"Each line is a {percent(last.value.confidence, 0)} interval, by {found.unit}; that of the difference knows that both means come from the same rows.",
        f"The method to go by is the last one, {last.name.replace('_', ' ')}. Where methods are far apart, propensities or the model are wrong.",
    ]
    columns = ["Method", "Value", "Interval", "More than the log", "Its interval", "p", "Clipped"]
    cells = (
        (
            v.name.replace("_", " "),
            number(v.value.estimate, 4),
            span(v.value.low, v.value.high, 4),
            signed(v.lift.estimate, 4),
            between(v.lift.low, v.lift.high, 4),
            p_value(v.p_value),
            percent(v.clipped),
        )
        for v in found.values
    )
    sections = [
        found_section(
            "policy",
            "What the other policy would get",
            lead,
            panels,
            [FoundTable.of("By method", columns, cells)],
        ),
        _weights(found),
    ]
    figures = [
        ("rows of the log", count(found.rows)),
        ("rows of its own they are worth", number(found.effective_rows, 0)),
    ]
    if found.unit == "user":
        figures.append(("users", count(found.units)))
    return Findings(
        head_of("Another policy", found.sentence, figures, found.notes),
        sections,
        panels[0].chart,
        panels[0].title,
    )


def _weights(found: PolicyEvaluation) -> Section:
    """Return how much the log says of the other policy."""
    rows = [
        ("Rows of the log", count(found.rows)),
        ("Rows of the target policy’s own log with as much noise", number(found.effective_rows, 0)),
        ("Mean weight", number(found.mean_weight)),
        ("Largest weight", number(found.largest_weight)),
    ]
    lead = [
        "A row weighs as much more as the target policy would show its item more often; few heavy rows say little.",
        "The mean weight is 1 but for chance where propensities are right.",
    ]
    table = FoundTable.of("Weights", ["What", "Found"], rows, summary="In numbers")
    return found_section("weights", "How much the log says of it", lead, (), [table])
