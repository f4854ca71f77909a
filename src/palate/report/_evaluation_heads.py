"""What stands at the top of the pages of measuring, comparing, planning and watching."""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from palate.report._evaluation_data import ComparisonSheet, EvaluationSheet, PlanSheet, WatchSheet
from palate.report._evaluation_sections import systems_by_value
from palate.report._numbers import count, number, p_value, percent

__all__ = ["claim_and_evidence", "comparison_head", "evaluation_head", "plan_head", "watch_head"]


def evaluation_head(sheet: EvaluationSheet) -> dict[str, Any]:
    """Name the highest value, and say that this alone decides nothing."""
    found = sheet.evaluation
    measure, systems = str(found.measures[0]), systems_by_value(found)
    summary = pl.DataFrame(found.summary).filter(pl.col("measure") == measure)
    best = summary.filter(pl.col("system").cast(pl.String) == systems[0]).row(0, named=True)
    title = f"{systems[0]} has {'the highest ' if len(systems) > 1 else ''}{measure}: {number(best['value'])}"
    statement = ""
    if best["low"] is not None:
        statement = f"{percent(found.confidence, 0)} interval {number(best['low'])} to {number(best['high'])}, from resampling queries."
    if len(systems) > 1:
        statement += " Intervals of single systems do not say which one is better: palate compare does."
    coverage = pl.DataFrame(found.coverage)
    ranked, unjudged = int(coverage["ranked_first_10"].sum()), int(coverage["unjudged_first_10"].sum())
    return {
        "eyebrow": "Values",
        "title": title,
        "statement": statement.strip(),
        "figures": [
            ("queries", count(best["queries"])),
            ("systems" if len(systems) > 1 else "system", count(len(systems))),
            ("of the first 10 items are judged", percent(1 - unjudged / ranked if ranked else None, 0)),
        ],
        "notes": found.notes,
    }


def comparison_head(sheet: ComparisonSheet) -> dict[str, Any]:
    """Say what the first comparison found, and in how many there is a winner."""
    first, verdicts = sheet.verdicts[0], sheet.verdicts
    claim, evidence = claim_and_evidence(first.sentence)
    figures = [("queries", count(first.difference.n_queries))]
    if len(verdicts) > 1:
        winners = sum(verdict.better is not None for verdict in verdicts)
        figures += [("comparisons", count(len(verdicts))), ("with a winner", count(winners))]
    elif first.effects is not None:
        figures.append((f"queries on which {first.system} is ahead", percent(first.effects.won.estimate, 0)))
    return {
        "eyebrow": "Comparison",
        "title": claim,
        "statement": evidence,
        "figures": figures,
        "notes": sheet.notes,
    }


def plan_head(sheet: PlanSheet) -> dict[str, Any]:
    """Say what to judge, and what it costs."""
    plan = sheet.plan
    figures = []
    if plan.cheapest is not None:
        best = plan.cheapest
        figures = [("queries", count(best.queries)), ("answers", count(best.answers))]
        if best.dollars:
            figures.append(("cost", f"${best.dollars:,.2f}"))
        figures.append(("power", percent(best.power, 0)))
    statement = ""
    if plan.queries_interval is not None:
        low, high = plan.queries_interval
        asked = f"{count(low)} or more" if high is None else f"{count(low)} to {count(high)}"
        statement = f"95 of 100 pilots like this one would ask for {asked} queries."
    return {
        "eyebrow": "Plan",
        "title": plan.sentence,
        "statement": statement,
        "figures": figures,
        "notes": plan.notes,
    }


def watch_head(sheet: WatchSheet) -> dict[str, Any]:
    """Say whether to stop."""
    verdict = sheet.watched.verdict
    claim, evidence = claim_and_evidence(verdict.sentence)
    figures = [(verdict.unit, count(verdict.n))]
    if verdict.stopped_at is not None:
        figures.append(("were enough", count(verdict.stopped_at)))
    elif verdict.expected_more is not None:
        figures.append(("more expected", count(verdict.expected_more)))
    figures.append(("p-value at any time", p_value(verdict.p_value)))
    return {
        "eyebrow": "Stop or go on",
        "title": claim,
        "statement": evidence,
        "figures": figures,
        "notes": sheet.watched.notes,
    }


def claim_and_evidence(sentence: str) -> tuple[str, str]:
    """Return a sentence's claim, and the interval and what else comes behind it."""
    found = re.search(r"\s\(((at all times )?\d+(\.\d+)?% CI [^()]*)\)", sentence)
    if found is None:
        return sentence, ""
    rest = sentence[found.end() :].rstrip(".")
    return sentence[: found.start()], f"{found[1][0].upper()}{found[1][1:]}{rest}."
