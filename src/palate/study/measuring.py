"""How a study's steps measure runs and judge differences: by the settings in ``[evaluate]``."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from palate.inference import Verdict, judge_difference, paired_tests
from palate.measures import Evaluation, evaluate
from palate.study.step import StepContext

__all__ = ["judge", "measure_runs", "spent", "true_judgments"]


def measure_runs(context: StepContext, runs: pl.DataFrame, judgments: pl.DataFrame) -> Evaluation:
    """Return the study's measures of ``runs`` by ``judgments``.

    Ranks count, not scores: they are what was sampled and shown, also where scores are equal.
    """
    settings = context.settings.evaluate
    return evaluate(
        runs.select("system", "query", "item", "rank"),
        judgments,
        settings.measures,
        confidence=settings.confidence,
        resamples=settings.resamples,
        seed=context.seed,
    )


def true_judgments(context: StepContext) -> pl.DataFrame:
    """Return the grades that the users' real later values give, as judgments."""
    return context.read("split", "candidates").select("query", "item", pl.col("grade").cast(pl.Float64))


def judge(context: StepContext, per_query: pl.DataFrame, system: str, other: str) -> Verdict:
    """Return the verdict on two systems on the headline measure, with what its answers cost."""
    settings = context.settings.evaluate
    test = paired_tests.create(settings.test, {"confidence": settings.confidence})
    verdict = judge_difference(per_query, system, other, settings.headline, test=test, seed=context.seed)
    answers, annotators, cost = spent(context)
    return verdict.with_counts(answers=answers, annotators=annotators, cost=cost)


def spent(context: StepContext) -> tuple[int, int, Decimal]:
    """Return how many answers by how many annotators were bought in all rounds so far, for how many dollars."""
    cost = context.read_all("ask", "cost")
    dollars = sum((Decimal(d) for d in cost["dollars"]), Decimal(0))
    annotators = context.read_all("ask", "annotators")["annotator"].n_unique()
    return int(cost["answers"].sum()), annotators, dollars
