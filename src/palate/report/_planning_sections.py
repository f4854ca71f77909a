"""Turn a plan and the way to a stop into the sections of their pages."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

import polars as pl
from markupsafe import Markup

from palate.report import _evaluation_charts as charts
from palate.report._evaluation_data import PlanSheet, WatchSheet
from palate.report._numbers import count, number, percent
from palate.report._sections import Section

if TYPE_CHECKING:
    from palate.evaluation import Design, Plan

__all__ = ["path_picture", "plan_sections", "power_picture", "watch_sections"]

_DESIGNS = 20
_SOURCES = {
    "query": "the true difference, from query to query",
    "annotator": "what one annotator shifts all queries by",
    "answer": "what else is wrong with answers, a query judged by one annotator",
}


def plan_sections(sheet: PlanSheet) -> list[Section]:
    """Return what the page of a plan shows."""
    plan, found = sheet.plan, []
    chart = power_picture(plan)
    if chart is not None:
        content = {"chart": chart, "rows": plan.curve.to_dicts(), "plan": plan, "paid": _is_paid(plan)}
        found.append(Section("power", "What more queries bring", content))
    enough = [design for design in plan.designs if design.is_enough]
    designs = {
        "chart": _costs(plan, enough) if len(enough) > 1 else None,
        "drawn": min(_DESIGNS, len(enough)),
        "enough": len(enough),
        "designs": plan.designs,
        "cheapest": plan.cheapest,
        "paid": _is_paid(plan),
    }
    found.append(Section("designs", "Ways to judge", designs))
    spread = {"rows": _spreads(plan), "spread": plan.spread, "depth": plan.spread.depths[-1].depth}
    found.append(Section("spread", "What it rests on", spread))
    return found


def power_picture(plan: Plan) -> Markup | None:
    """Draw power by queries; None where no design is enough."""
    best = plan.cheapest
    if best is None or best.queries is None or best.power is None:
        return None
    rows = plan.curve.select(x=pl.col("queries").cast(pl.Float64), power="power")
    first, last = rows.row(0), rows.row(-1)
    words = (
        f"Power by queries: {percent(first[1], 0)} with {first[0]:,.0f} queries, {percent(best.power, 0)} with"
        f" {best.queries:,}, {percent(last[1], 0)} with {last[0]:,.0f}"
    )
    return charts.power_curve(
        rows,
        words,
        wanted=plan.goal.power,
        at=(float(best.queries), best.power),
        said=f"{best.queries:,} queries",
        title="Queries",
        likely=plan.queries_interval,
    )


def watch_sections(sheet: WatchSheet) -> list[Section]:
    """Return what the page of a comparison under way shows."""
    found, verdict = sheet.watched, sheet.watched.verdict
    steps = {factor * 10**power for power in range(9) for factor in (1, 2, 5)}
    shown = sorted({*steps, verdict.n, *([verdict.stopped_at] if verdict.stopped_at else [])})
    content = {
        "chart": path_picture(sheet),
        "rows": found.table.filter(pl.col("n").is_in(shown)).to_dicts(),
        "verdict": verdict,
        "confidence": verdict.interval.confidence,
    }
    return [Section("path", "The way there", content)]


def path_picture(sheet: WatchSheet) -> Markup:
    """Draw the difference in its interval as values came in."""
    verdict = sheet.watched.verdict
    low, high = verdict.interval.low, verdict.interval.high
    end = "not stopped" if verdict.stopped_at is None else f"enough after {verdict.stopped_at:,}"
    words = (
        f"Difference of {verdict.system} and {verdict.other} on {verdict.measure} as values come in: after"
        f" {verdict.n:,} {verdict.unit} {number(verdict.interval.estimate)} ({number(low)} to {number(high)}), {end}"
    )
    return charts.stopping_path(
        sheet.watched.table,
        words,
        stopped_at=verdict.stopped_at,
        margin=verdict.rule.margin,
        title=verdict.unit.capitalize(),
    )


def _is_paid(plan: Plan) -> bool:
    return bool(plan.prices.page or plan.prices.query)


def _costs(plan: Plan, enough: list[Design]) -> Markup:
    """Draw what each design costs, or how many answers it takes where nothing is paid."""
    paid = _is_paid(plan)
    rows = [
        {
            "design": f"depth {d.depth}, overlap {d.overlap}",
            "amount": float((d.dollars if paid else d.answers) or 0),
            "shown": f"${d.dollars:,.2f}" if paid else f"{count(d.answers)} answers",
            "chosen": d is plan.cheapest,
        }
        for d in enough[:_DESIGNS]
    ]
    words = "; ".join(f"{row['design']} {row['shown']}" for row in rows)
    return charts.cost_bars(pl.DataFrame(rows), f"What each design takes: {words}")


def _spreads(plan: Plan) -> list[dict[str, Any]]:
    """Return how far differences spread by source, at the depth that is judged deepest."""
    at = plan.spread.depths[-1].to_dict()
    variances = plan.spread.depths[-1].variance
    return [
        {
            "source": name.capitalize(),
            "meaning": meaning,
            "spread": sqrt(getattr(variances, name)),
            "low": None if at["interval"][name] is None else at["interval"][name][0],
            "high": None if at["interval"][name] is None else at["interval"][name][1],
        }
        for name, meaning in _SOURCES.items()
        if getattr(variances, name)
    ]
