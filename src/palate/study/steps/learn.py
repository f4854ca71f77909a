"""Train a ranker on the judgments and measure it on queries it has not seen."""

from __future__ import annotations

import json

import polars as pl

from palate.inference import Verdict
from palate.learning import cross_fit, feature_table, rankers
from palate.study.measuring import judge, measure_runs, true_judgments
from palate.study.step import Step, StepContext

__all__ = ["LEARN"]


def run(context: StepContext) -> str:
    """Write the learned ranker's ``runs``, ``folds`` and ``importance``, ``model.txt``, and how good it is."""
    settings = context.settings.learn
    judgments = context.read("aggregate", "judgments").select("query", "item", "grade")
    fit = cross_fit(
        rankers.create(settings.ranker, settings.options),
        feature_table(context.read("recommend", "runs"), context.read("split", "past")),
        judgments,
        folds=settings.folds,
        seed=context.seed,
        system=settings.ranker,
        progress=context.progress,
    )
    context.write("runs", fit.runs)
    context.write("folds", fit.folds)
    shares = sorted(fit.ranker.importance().items(), key=lambda pair: (-pair[1], pair[0]))
    context.write("importance", pl.DataFrame(shares, schema=["feature", "share"], orient="row"))
    fit.ranker.save(context.out / "model.txt")
    judged = measure_runs(context, fit.runs, judgments)
    context.write("per_query", judged.per_query)
    context.write("summary", judged.summary)
    real = measure_runs(context, fit.runs, true_judgments(context))
    context.write("truth", real.summary.select("system", "measure", "value"))
    verdict = _judge(context, judged.per_query)
    (context.out / "verdict.json").write_text(json.dumps(verdict.to_dict(), indent=1) + "\n")
    return verdict.sentence


def _judge(context: StepContext, per_query: pl.DataFrame) -> Verdict:
    """Compare the learned ranker with the best of the systems it learned from."""
    headline = pl.col("measure") == context.settings.evaluate.headline
    before = context.read("evaluate", "per_query").filter(headline)
    best = (
        before.group_by("system")
        .agg(pl.col("value").mean())
        .sort("value", "system", descending=[True, False])
    )
    both = pl.concat([before, per_query.filter(headline)])
    return judge(context, both, context.settings.learn.ranker, best["system"][0])


LEARN = Step(
    "learn",
    "Learn a ranker from the judgments",
    ("split", "recommend", "ask", "aggregate", "evaluate"),
    ("learn", "evaluate"),
    run,
)
