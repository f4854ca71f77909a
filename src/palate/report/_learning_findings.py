"""The page of a learned ranker: how good it is on queries it has not seen, and what it goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from palate.report import _charts as charts
from palate.report._contribution_chart import beeswarm
from palate.report._drawing import ACCENT
from palate.report._finding_parts import (
    Findings,
    FoundTable,
    Panel,
    found_section,
    head_of,
    span,
    value_panel,
)
from palate.report._numbers import count, number, percent
from palate.report._short_names import short_names

if TYPE_CHECKING:
    from palate.learning import LearnedRanker, ModelCard
    from palate.report._sections import Section

__all__ = ["learned_findings"]

_BARS = 12


def learned_findings(found: LearnedRanker) -> Findings:
    """Show the values of a ranker and its systems, what its features add, and what they mean."""
    card = found.card
    sections, panels = [], []
    if card.measured:
        panels.append(_values(card))
        sections.append(_measured(card, panels[0]))
    sections += [_uses(found), _features(card)]
    best = next((m for m in card.measured if m["system"] == card.objective), None)
    sentence = card.verdict or f"A ranker by {card.objective}"
    if not card.verdict and best is not None:
        sentence = (
            f"{card.objective} has {best['measure']} {number(best['value'])} on queries it had not seen"
        )
    figures = [("judged rows", count(card.judged_rows)), ("features", count(len(card.features)))]
    if best is not None:
        figures.insert(0, ("queries", count(best["queries"])))
    head = head_of("Learned ranker", sentence, figures, tuple(card.notes))
    main = panels[0] if panels else _importance(card)
    return Findings(head, sections, main.chart, main.title)


def _values(card: ModelCard) -> Panel:
    falling = sorted(card.measured, key=lambda m: -m["value"])
    rows = [(m["system"], m["value"], m["low"], m["high"]) for m in falling]
    return value_panel(
        f"{falling[0]['measure']} on queries it had not seen", rows, {str(card.objective): ACCENT}
    )


def _measured(card: ModelCard, panel: Panel) -> Section:
    lead = [
        f"Queries were split into {card.folds} parts, and each part was ranked by a ranker that had learned from the others.",
        "Lines are intervals for other queries of the kind.",
    ]
    columns = ["System", "Measure", "Value", "Interval", "Queries"]
    cells = (
        (m["system"], m["measure"], number(m["value"], 4), span(m["low"], m["high"], 4), count(m["queries"]))
        for m in card.measured
    )
    table = FoundTable.of("Values", columns, cells, ["Measure"])
    return found_section("measured", "How good it is", lead, [panel], [table])


def _importance(card: ModelCard) -> Panel:
    falling = sorted(card.features, key=lambda f: -f["importance"])[:_BARS]
    short = short_names([f["feature"] for f in falling], 34)
    table = pl.DataFrame(
        {
            "feature": [short[f["feature"]] for f in falling],
            "share": [float(f["importance"]) for f in falling],
        }
    )
    said = "; ".join(f"{f['feature']} {percent(f['importance'])}" for f in falling)
    title = "Share of what the ranker gains from its features"
    return Panel(title, charts.bars(table, f"{title}: {said}"))


def _uses(found: LearnedRanker) -> Section:
    panels, lead = [_importance(found.card)], []
    contributions = found.contributions
    if contributions is not None and len(contributions.values):
        panels.insert(0, Panel("What each feature adds to a score", beeswarm(contributions)))
        lead = [
            (
                "Each dot is an item of a query: how much the feature adds to its score (Shapley values), to the right more. The number is"
                " the mean size."
            ),
            (
                "Blue dots are of the feature’s highest third, orange ones of its lowest, grey ones between; the palest have none. Where"
                " colours part, the feature has a direction."
            ),
        ]
    return found_section("uses", "What it goes by", lead, panels)


def _features(card: ModelCard) -> Section:
    columns = ["Feature", "From", "Meaning", "Missing", "Importance", "Mean contribution"]
    falling = sorted(card.features, key=lambda f: -f["importance"])
    rows = (
        (
            f["feature"],
            f["source"],
            f["meaning"],
            percent(f["missing"], 0),
            percent(f["importance"]),
            number(f.get("mean_contribution"), 4),
        )
        for f in falling
    )
    table = FoundTable.of("Features", columns, rows, ["From", "Meaning"], summary="Every feature")
    chosen = ((name, str(value)) for name, value in card.settings.items())
    settings = FoundTable.of("Settings", ["Setting", "Value"], chosen, ["Value"], summary="How it learned")
    tables = [table, settings]
    if card.data:
        tables.append(
            FoundTable.of("Files", ["File", "Hash"], card.data.items(), ["Hash"], summary="What it was given")
        )
    return found_section("features", "What it learned from", (), (), tables)
