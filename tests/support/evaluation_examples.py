"""Pages of measuring, comparing, planning and watching, with ordinary names and with names that try to break them."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import numpy as np
import polars as pl
import report_examples as examples

from palate.evaluation import Goal, Prices, assumed_spread, plan_designs, spread_of_values, watch_values
from palate.inference import StoppingRule, judge_segments
from palate.measures import Evaluation, evaluate
from palate.report import ComparisonSheet, EvaluationSheet, PlanSheet, WatchSheet, ranking_curves
from palate.study import compare_all

__all__ = ["MAKERS", "comparison_sheet", "evaluation_sheet", "plan_sheet", "ranked", "watch_sheet"]

VERSION = "0.1.0"


@cache
def ranked(n_systems: int = 3, *, hostile: bool = False, n_queries: int = 60) -> tuple[pl.DataFrame, ...]:
    """Return runs, of which each system is a little worse than the one before, and judgments of half of the items."""
    rng = np.random.default_rng(7)
    names = ["als", "bpr", "popularity"] if n_systems == 3 else [f"system {i}" for i in range(n_systems)]
    queries = [f"query {i}" for i in range(n_queries)]
    if hostile:
        names = [f"{examples.HOSTILE[i % len(examples.HOSTILE)]} {i}" for i in range(n_systems)]
        queries = [f"{examples.HOSTILE[i % len(examples.HOSTILE)]} {i}" for i in range(n_queries)]
    runs, judgments = [], []
    for query in queries:
        grades = rng.choice([0, 0, 1, 2], 24)
        judgments += [(query, f"d{i}", int(g)) for i, g in enumerate(grades) if i < 2 or rng.random() < 0.5]
        for place, name in enumerate(names):
            scores = grades + rng.normal(0, 0.6 + 0.5 * place, 24)
            runs += [(name, query, f"d{i}", float(score)) for i, score in enumerate(scores)]
    return (
        pl.DataFrame(runs, schema=["system", "query", "item", "score"], orient="row"),
        pl.DataFrame(judgments, schema=["query", "item", "grade"], orient="row"),
    )


@cache
def _evaluated(n_systems: int, measures: tuple[str, ...], *, hostile: bool) -> Evaluation:
    runs, judgments = ranked(n_systems, hostile=hostile)
    return evaluate(runs, judgments, measures, resamples=200)


def evaluation_sheet(*, hostile: bool = False, n_systems: int = 3) -> EvaluationSheet:
    found = _evaluated(n_systems, ("nDCG@10", "AP"), hostile=hostile)
    source = examples.SCRIPT if hostile else "runs.parquet on q.txt"
    return EvaluationSheet(source, VERSION, found, ranking_curves(*ranked(n_systems, hostile=hostile), found))


def comparison_sheet(
    *, hostile: bool = False, n_systems: int = 3, measures: tuple[str, ...] = ("nDCG@10", "AP")
) -> ComparisonSheet:
    found = _evaluated(n_systems, measures, hostile=hostile)
    verdicts = compare_all(found, None, None)
    queries = sorted(set(found.per_query["query"]))
    parts = examples.HOSTILE[:2] if hostile else ("head", "tail")
    segments = pl.DataFrame({"query": queries, "segment": [parts[i % 2] for i in range(len(queries))]})
    pairs = [(v.system, v.other, v.measure) for v in verdicts]
    by_segment = judge_segments(found.per_query, segments, pairs, permutations=200)
    source = examples.SCRIPT if hostile else "runs.parquet on q.txt"
    return ComparisonSheet(source, VERSION, found, tuple(verdicts), by_segment, (source,))


def plan_sheet(*, hostile: bool = False, enough: bool = True) -> PlanSheet:
    goal, prices = Goal(0.02), Prices(Decimal("0.05"), 10)
    most = None if enough else 10
    if not hostile:
        return PlanSheet(
            "Without a pilot", VERSION, plan_designs(goal, assumed_spread(), prices, most_queries=most)
        )
    values = _evaluated(3, ("nDCG@10", "AP"), hostile=True).per_query
    pair = sorted(set(values["system"]))[:2]
    return PlanSheet(
        examples.SCRIPT, VERSION, plan_designs(goal, spread_of_values(values, "nDCG@10", pair), prices)
    )


def watch_sheet(*, hostile: bool = False, margin: float | None = 0.01) -> WatchSheet:
    values = _evaluated(3, ("nDCG@10", "AP"), hostile=hostile).per_query
    systems = list(dict.fromkeys(values["system"]))
    found = watch_values(values, "nDCG@10", (systems[0], systems[2]), rule=StoppingRule(margin))
    return WatchSheet(examples.SCRIPT if hostile else "values.csv", VERSION, found)


MAKERS = {
    "evaluation": evaluation_sheet,
    "comparison": comparison_sheet,
    "plan": plan_sheet,
    "watch": watch_sheet,
}
