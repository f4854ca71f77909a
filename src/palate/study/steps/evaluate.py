"""Measure every run on the judgments, compare the systems, and hold both against the truth."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import combinations

import numpy as np
import polars as pl

from palate.inference import Verdict, bootstrap_mean, judge_difference, paired_tests
from palate.measures import evaluate, win_rates
from palate.study.step import Step, StepContext

__all__ = ["EVALUATE", "judge_systems", "spent"]


def run(context: StepContext) -> str:
    """Write ``per_query``, ``summary``, ``coverage``, ``truth``, ``win_matrix`` and ``verdicts.json``."""
    settings = context.settings.evaluate
    runs = context.read("recommend", "runs")
    judgments = context.read("aggregate", "judgments").select("query", "item", "grade")
    comparisons = context.read("ask", "comparisons")
    options = {
        "measures": settings.measures,
        "confidence": settings.confidence,
        "resamples": settings.resamples,
    }
    judged = evaluate(runs, judgments, seed=context.seed, **options)
    context.progress(1, 4)
    per_query = pl.concat([judged.per_query, win_rates(comparisons)])
    wins = _win_summary(context, win_rates(comparisons))
    truth = context.read("split", "candidates").select("query", "item", pl.col("grade").cast(pl.Float64))
    real = evaluate(runs, truth, seed=context.seed, **options)
    context.progress(2, 4)
    real_pairs = context.read("ask", "pair_truth").rename({"truth": "label"})
    real_wins = win_rates(real_pairs).group_by("system", "measure").agg(pl.col("value").mean())
    context.write("per_query", per_query)
    context.write("summary", pl.concat([judged.summary, wins.select(judged.summary.columns)]))
    context.write("coverage", judged.coverage)
    context.write(
        "truth",
        pl.concat(
            [
                real.summary.select("system", "measure", "value"),
                real_wins.sort("system").select("system", "measure", "value"),
            ]
        ),
    )
    context.write("win_matrix", _win_matrix(context, comparisons))
    context.progress(3, 4)
    verdicts = judge_systems(context, judged.per_query, settings.headline)
    (context.out / "verdicts.json").write_text(
        json.dumps({"verdicts": [v.to_dict() for v in verdicts], "notes": list(judged.notes)}, indent=1)
        + "\n"
    )
    context.progress(4, 4)
    return verdicts[0].sentence


def judge_systems(context: StepContext, per_query: pl.DataFrame, measure: str) -> list[Verdict]:
    """Return a verdict on every pair of systems; the pair of the best and the first system leads.

    In each pair the system with the higher value stands first.
    """
    settings = context.settings.evaluate
    test = paired_tests.create(settings.test, {"confidence": settings.confidence})
    table = per_query.filter(pl.col("measure") == measure)
    means = (
        table.group_by("system").agg(pl.col("value").mean()).sort("value", "system", descending=[True, False])
    )
    order = means["system"].to_list()
    answers, annotators, cost = spent(context)
    verdicts = [
        judge_difference(table, system, other, measure, test=test, seed=context.seed).with_counts(
            answers=answers, annotators=annotators, cost=cost
        )
        for system, other in combinations(order, 2)
    ]
    baseline = context.settings.recommend.systems[0]
    return sorted(verdicts, key=lambda v: (v.system != order[0], v.other != baseline))


def spent(context: StepContext) -> tuple[int, int, Decimal]:
    """Return how many answers by how many annotators were bought for how many dollars."""
    cost = context.read("ask", "cost")
    dollars = sum((Decimal(d) for d in cost["dollars"]), Decimal(0))
    return int(cost["answers"].sum()), len(context.read("ask", "annotators")), dollars


def _win_summary(context: StepContext, wins: pl.DataFrame) -> pl.DataFrame:
    settings = context.settings.evaluate
    rows = []
    for (system,), values in wins.sort("system").group_by("system", maintain_order=True):
        found = bootstrap_mean(
            values["value"].to_numpy(),
            confidence=settings.confidence,
            resamples=settings.resamples,
            seed=context.seed,
        )
        rows.append((system, "WinRate", found.estimate, found.low, found.high, len(values)))
    columns = ["system", "measure", "value", "low", "high", "queries"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def _win_matrix(context: StepContext, comparisons: pl.DataFrame) -> pl.DataFrame:
    """Return how often each system's list was preferred to each other's, resampling queries."""
    settings = context.settings.evaluate
    won = pl.when(pl.col("label") == "tie").then(0.5).otherwise((pl.col("label") == "left").cast(pl.Float64))
    ahead = comparisons.select(
        "query", pl.col("left").alias("system"), pl.col("right").alias("other"), won.alias("won")
    )
    behind = ahead.select(
        "query", pl.col("other").alias("system"), pl.col("system").alias("other"), 1 - pl.col("won")
    )
    both = pl.concat([ahead, behind])
    rows = []
    for (system, other), answers in both.sort("system", "other", "query").group_by(
        "system", "other", maintain_order=True
    ):
        by_query = answers.group_by("query", maintain_order=True).agg(pl.col("won").mean())["won"].to_numpy()
        if len(by_query) < 2:
            low = high = np.nan
        else:
            found = bootstrap_mean(
                by_query, confidence=settings.confidence, resamples=settings.resamples, seed=context.seed
            )
            low, high = found.low, found.high
        rows.append((system, other, float(by_query.mean()), len(answers), low, high))
    columns = ["system", "other", "win_share", "comparisons", "low", "high"]
    return pl.DataFrame(rows, schema=columns, orient="row")


EVALUATE = Step(
    "evaluate",
    "Evaluate the systems",
    ("split", "recommend", "ask", "aggregate"),
    ("evaluate", "recommend"),
    run,
)
