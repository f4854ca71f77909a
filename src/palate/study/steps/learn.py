"""Train a ranker on the judgments and measure it on queries it has not seen."""

from __future__ import annotations

import json

import polars as pl

from palate.inference import judge_difference, paired_tests
from palate.learning import cross_fit, feature_table, rankers
from palate.measures import evaluate
from palate.study.step import Step, StepContext
from palate.study.steps.evaluate import spent

__all__ = ["LEARN"]


def run(context: StepContext) -> str:
    """Write ``runs``, ``folds``, ``importance``, ``per_query``, ``summary``, ``truth``, ``model.txt``, ``verdict.json``."""
    settings = context.settings
    first_runs = context.read("recommend", "runs")
    judgments = context.read("aggregate", "judgments").select("query", "item", "grade")
    features = feature_table(first_runs, context.read("split", "past"))
    ranker = rankers.create(settings.learn.ranker, settings.learn.options)
    fit = cross_fit(
        ranker,
        features,
        judgments,
        folds=settings.learn.folds,
        seed=context.seed,
        system=settings.learn.ranker,
        progress=context.progress,
    )
    context.write("runs", fit.runs)
    context.write("folds", fit.folds)
    shares = sorted(fit.ranker.importance().items(), key=lambda pair: -pair[1])
    context.write("importance", pl.DataFrame(shares, schema=["feature", "share"], orient="row"))
    fit.ranker.save(context.out / "model.txt")
    measures = {"measures": settings.evaluate.measures, "resamples": settings.evaluate.resamples}
    judged = evaluate(
        fit.runs, judgments, seed=context.seed, confidence=settings.evaluate.confidence, **measures
    )
    truth = context.read("split", "candidates").select("query", "item", pl.col("grade").cast(pl.Float64))
    real = evaluate(fit.runs, truth, seed=context.seed, **measures)
    context.write("per_query", judged.per_query)
    context.write("summary", judged.summary)
    context.write("truth", real.summary.select("system", "measure", "value"))
    return _judge(context, judged.per_query)


def _judge(context: StepContext, per_query: pl.DataFrame) -> str:
    """Compare the learned ranker with the best system it learned from; write the verdict, return its sentence."""
    settings = context.settings.evaluate
    before = context.read("evaluate", "per_query").filter(pl.col("measure") == settings.headline)
    best = (
        before.group_by("system")
        .agg(pl.col("value").mean())
        .sort("value", "system", descending=[True, False])
    )
    table = pl.concat([before, per_query.filter(pl.col("measure") == settings.headline)])
    test = paired_tests.create(settings.test, {"confidence": settings.confidence})
    answers, annotators, cost = spent(context)
    verdict = judge_difference(
        table,
        context.settings.learn.ranker,
        best["system"][0],
        settings.headline,
        test=test,
        seed=context.seed,
    ).with_counts(answers=answers, annotators=annotators, cost=cost)
    (context.out / "verdict.json").write_text(json.dumps(verdict.to_dict(), indent=1) + "\n")
    return verdict.sentence


LEARN = Step(
    "learn",
    "Learn a ranker from the judgments",
    ("split", "recommend", "ask", "aggregate", "evaluate"),
    ("learn", "evaluate"),
    run,
)
