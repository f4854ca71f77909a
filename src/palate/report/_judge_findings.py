"""The pages of what a model judge is worth beside people, and of verdicts by both."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from palate.report._numbers import count, dollars, grade, number, percent, signed
from palate.report._short_names import short_names

if TYPE_CHECKING:
    from decimal import Decimal

    from palate.evaluation import AssistedEvaluation, AssistedValue, JudgeWorth
    from palate.report._sections import Section

__all__ = ["assisted_findings", "worth_findings"]

_DRAWN = 15
_LONG_NAME = 34
_BEHIND = "var(--behind)"


def worth_findings(found: JudgeWorth) -> Findings:
    """Show what a judge saves, where it differs from people, and whether it favours a system."""
    share = percent(found.multiplier.confidence, 0)
    sections = [_saves(found, share)]
    if found.by_label:
        sections.append(_labels(found, share))
    if found.favours:
        sections.append(_favours(found))
    figures = [
        ("labels of people", count(found.labels)),
        ("queries", count(found.queries)),
        ("correlation", number(found.correlation.estimate, 2)),
    ]
    if found.savings is not None:
        figures.append(("saved", _money(found.savings.saved[0])))
    first, *others = found.sentences
    head = head_of("Worth of a judge", first, figures, (*found.warnings, *found.notes), " ".join(others))
    panel = sections[0].content["panels"][0]
    return Findings(head, sections, panel.chart, panel.title)


def _saves(found: JudgeWorth, share: str) -> Section:
    times = found.multiplier
    rows = [
        Row(
            "labels without the judge",
            times.estimate,
            times.low,
            times.high,
            ACCENT if times.low > 1 else SOFT,
            f"× {number(times.estimate, 2)}",
        )
    ]
    panels = [
        Panel(
            "What a label of people is worth",
            forest(rows, "Labels without the judge that one with it is worth", beside=1.0),
        )
    ]
    what = [("correlation", found.correlation)] + (
        [] if found.kappa is None else [("quadratic kappa", found.kappa)]
    )
    panels.append(
        value_panel(
            "How the judge and people agree",
            [(n, i.estimate, i.low, i.high) for n, i in what],
            {n: ACCENT for n, _ in what},
        )
    )
    cells = [
        ("Labels that one with the judge is worth", number(times.estimate, 2), span(times.low, times.high, 2))
    ]
    cells += [(name.capitalize(), number(i.estimate), span(i.low, i.high)) for name, i in what]
    if found.savings is not None:
        saved = found.savings
        bounds = f"{_money(saved.saved[1])} … {_money(saved.saved[2])}"
        cells.append((f"Saved on {saved.labels:,} labels at ${saved.price}", _money(saved.saved[0]), bounds))
    lead = [
        (
            f"A judge that foretells people’s labels makes each of them worth more: how many times as many people alone would need. The line"
            f" is the {share} interval, from resampling {found.resampled}."
        ),
        "At 1, marked by the upright line, the judge saves nothing.",
    ]
    return found_section(
        "saves",
        "What the judge saves",
        lead,
        panels,
        [FoundTable.of("Worth", ["What", "Found", "Interval"], cells)],
    )


def _labels(found: JudgeWorth, share: str) -> Section:
    grades = sorted({g for row in found.by_label for g in row.grades})
    columns = [
        "The judge says",
        *(f"people {grade(g)}" for g in grades),
        "Items",
        "People’s mean",
        "Interval",
        "Bias",
    ]
    cells = (
        (
            f"{row.label:g}",
            *(count(row.grades.get(g, 0)) for g in grades),
            count(row.count),
            number(row.mean.estimate, 2),
            span(row.mean.low, row.mean.high, 2),
            signed(row.bias, 2),
        )
        for row in found.by_label
    )
    rows = [
        (f"the judge says {row.label:g}", row.mean.estimate, row.mean.low, row.mean.high)
        for row in found.by_label
    ]
    panels = [value_panel("People’s mean grade", rows, {name: ACCENT for name, *_ in rows})]
    biased = [row for row in found.by_label if row.bias is not None]
    if biased:
        drawn = [
            Row(
                f"the judge says {row.label:g}",
                row.bias or 0.0,
                row.label - row.mean.high,
                row.label - row.mean.low,
                SOFT if row.mean.low <= row.label <= row.mean.high else _BEHIND,
            )
            for row in biased
        ]
        panels.append(
            Panel(
                "Bias",
                forest(drawn, "The judge’s label minus people’s mean"),
                "the judge’s label minus people’s mean",
            )
        )
    lead = [
        (
            f"Each line is the {share} interval of people’s mean grade where the judge says one label. Above 0, its bias says that the judge is"
            " milder than people; in colour where that is sure."
        ),
        "A bias alone does no harm: the judge’s labels are corrected by people’s.",
    ]
    table = FoundTable.of("What people say at each label of the judge", columns, cells)
    return found_section("judge-labels", "What people say where the judge says it", lead, panels, [table])


def _favours(found: JudgeWorth) -> Section:
    short = short_names([f.system for f in found.favours], _LONG_NAME)
    rows = [
        Row(
            short[f.system],
            f.interval.estimate,
            f.interval.low,
            f.interval.high,
            _BEHIND if f.alarming else SOFT,
        )
        for f in found.favours
    ]
    cells = (
        (
            f.system,
            signed(f.interval.estimate),
            between(f.interval.low, f.interval.high),
            signed(f.lead),
            "yes" if f.alarming else "no",
        )
        for f in found.favours
    )
    lead = [
        (
            "How far the judge puts a system above the others beyond what people do. In colour where it does so by more than chance: then its"
            " labels speak for that system."
        ),
    ]
    columns = ["System", "Favoured by", "Interval", "The judge’s own lead", "Alarm"]
    panel = Panel("Favoured by the judge", forest(rows[:_DRAWN], "Favoured by the judge"))
    return found_section(
        "favours",
        "Does the judge favour a system?",
        lead,
        [panel],
        [FoundTable.of("Favours", columns, cells, ["Alarm"])],
    )


def assisted_findings(found: AssistedEvaluation) -> Findings:
    """Show values and differences by people and a judge beside those by people alone."""
    systems = [v.system for v in sorted(found.values, key=lambda v: -v.interval.estimate)]
    palette, share = colours_of(systems), percent(found.confidence, 0)
    measure = found.values[0].measure
    names = short_names(systems, _LONG_NAME)
    rows: list[Row] = []
    for value in sorted(found.values, key=lambda v: -v.interval.estimate)[:_DRAWN]:
        rows += _both_rows(names[value.system], value, palette[value.system], is_difference=False)
    both = (
        f"The upper line of each pair is the {share} interval by people and the judge; the grey one below it is that by the same labels of"
        " people alone."
    )
    lead = [
        both,
        "The multiplier is how many times as many labels people alone would need for the same error.",
    ]
    panels = [Panel(measure, forest(rows, measure, beside=None))]
    sections = [
        found_section(
            "assisted", "How good each system is", lead, panels, [_assisted_table("Values", found.values)]
        )
    ]
    if found.differences:
        pairs, short = [], pair_names(systems)
        for gap in found.differences[:_DRAWN]:
            colour = SOFT if gap.better is None else palette[gap.better]
            pairs += _both_rows(
                f"{short[gap.system]} − {short[gap.other or '']}", gap, colour, is_difference=True
            )
        title = f"Differences on {measure}"
        panels.insert(0, Panel(title, forest(pairs, title)))
        lead = [both, "In a system’s colour where that system is better; grey where they are not told apart."]
        sections.insert(
            0,
            found_section(
                "gaps",
                "Who is better, and how sure that is",
                lead,
                panels[:1],
                [_assisted_table("Differences", found.differences)],
            ),
        )
    figures = [
        ("labels of people", count(found.labels)),
        ("items the judge labelled", count(found.items)),
        ("queries", count(found.n_queries)),
    ]
    figures.append(("weight of the judge", number(found.power, 2)))
    head = head_of("People and a judge", found.sentences[0], figures, found.notes, found.sentences[-1])
    return Findings(head, sections, panels[0].chart, panels[0].title)


def _both_rows(name: str, value: AssistedValue, colour: str, *, is_difference: bool) -> list[Row]:
    written = signed if is_difference else number
    found, alone = value.interval, value.alone
    return [
        Row(name, found.estimate, found.low, found.high, colour, written(found.estimate)),
        Row("people alone", alone.estimate, alone.low, alone.high, SOFT, written(alone.estimate)),
    ]


def _assisted_table(caption: str, values: tuple[AssistedValue, ...]) -> FoundTable:
    differ = values[0].other is not None
    against = ["Against"] if differ else []
    columns = ["System", *against, "With the judge", "Interval", "People alone", "Its interval", "Multiplier"]
    write, bounds = (signed, between) if differ else (number, span)
    cells = (
        (
            v.system,
            *([v.other or ""] if differ else []),
            write(v.interval.estimate),
            bounds(v.interval.low, v.interval.high),
            write(v.alone.estimate),
            bounds(v.alone.low, v.alone.high),
            number(v.multiplier, 2),
        )
        for v in values
    )
    return FoundTable.of(caption, columns, cells, ["Against"])


def _money(amount: Decimal) -> str:
    """Return dollars with the sign before them; below zero nothing is saved."""
    return f"−{dollars(-amount)}" if amount < 0 else dollars(amount)
