"""Train a ranker on the judgments and measure it on queries it has not seen."""

from __future__ import annotations

import json
from typing import Final

import polars as pl

from palate.inference import Verdict
from palate.learning import (
    ModelCard,
    contributions_of,
    cross_fit,
    feature_table,
    rankers,
    save_model,
)
from palate.study.artifacts import read_manifest
from palate.study.measuring import judge, measure_runs, true_judgments
from palate.study.rounds import MODEL, best_system, learned_system, rounds_of
from palate.study.step import Step, StepContext, in_round

__all__ = ["learn_step"]

_PAST: Final = ("counts", "recency", "co_occurrence")
"""With texts, they raised the gain over the best recommender from 0.0165 to 0.018, the mean of ten seeds of the demo."""


def run(context: StepContext) -> str:
    """Write the learned ranker's ``runs``, ``folds`` and ``importance``, the folder ``model`` with its card, and how good it is.

    It learns from the judgments of all rounds so far, and is measured by them: what it ranks high that nobody
    judged yet counts as not relevant, so that it looks worse than it is until the next round asks.
    """
    settings = context.settings.learn
    name = learned_system(context.settings, context.round)
    judgments, features = context.read("aggregate", "judgments"), _features(context)
    fit = cross_fit(
        rankers.create(settings.ranker, settings.options),
        features,
        judgments.select("query", "item", "grade", pl.col("^p_.*$")),
        folds=settings.folds,
        seed=context.seed,
        system=name,
        progress=context.progress,
    )
    context.write("runs", fit.runs)
    context.write("folds", fit.folds)
    shares = sorted(fit.ranker.importance().items(), key=lambda pair: (-pair[1], pair[0]))
    context.write("importance", pl.DataFrame(shares, schema=["feature", "share"], orient="row"))
    judged = measure_runs(context, fit.runs, judgments.select("query", "item", "grade"))
    context.write("per_query", judged.per_query)
    context.write("summary", judged.summary)
    context.write("coverage", judged.coverage)
    real = measure_runs(context, fit.runs, true_judgments(context))
    context.write("truth", real.summary.select("system", "measure", "value"))
    both = pl.concat([context.read("evaluate", "per_query"), judged.per_query])
    verdict = judge(context, both, name, best_system(context, context.round))
    (context.out / "verdict.json").write_text(json.dumps(verdict.to_dict(), indent=1) + "\n")
    sentence = _in_words(verdict, int(judged.coverage["unjudged_first_10"][0]))
    card = ModelCard.of(
        fit,
        features,
        seed=context.seed,
        data=_hashes(context),
        measured=_headline_values(context, judged.summary),
        verdict=sentence,
        contributions=contributions_of(fit.ranker, features, seed=context.seed),
    )
    save_model(fit.ranker, card, context.out / MODEL)
    return sentence


def _in_words(verdict: Verdict, unjudged: int) -> str:
    """Return the verdict; where items are not judged, without what more it would take: judging them comes first."""
    if not unjudged:
        return verdict.sentence
    found = verdict.sentence.partition("; ")[0]
    return f"{found}; {unjudged:,} items of its first 10 are not judged and count as not relevant"


def _features(context: StepContext) -> pl.DataFrame:
    """Return what the recommenders, the users' past and the items' texts say of every candidate."""
    items = context.read("read", "items").select("item", pl.col("^(title|text)$"))
    return feature_table(
        context.read("recommend", "runs"), context.read("split", "past"), past=_PAST, items=items
    )


def _hashes(context: StepContext) -> dict[str, str]:
    """Return the hash of every table that it learned from or was measured by."""
    found = {}
    for step, name in (
        ("read", "items"),
        ("split", "past"),
        ("recommend", "runs"),
        (in_round("aggregate", context.round), "judgments"),
    ):
        manifest = read_manifest(context.study, step)
        if manifest is not None:
            found[f"{step}/{name}.parquet"] = manifest.outputs[f"{name}.parquet"]
    return found


def _headline_values(context: StepContext, learned: pl.DataFrame) -> pl.DataFrame:
    """Return the values of all systems on the headline measure, the ranker's last."""
    values = pl.concat([context.read("evaluate", "summary"), learned])
    return values.filter(pl.col("measure") == context.settings.evaluate.headline)


def learn_step(number: int) -> Step:
    """Return the step of a round, from 1."""
    needs = (
        "read",
        "split",
        "recommend",
        *rounds_of("ask", number),
        in_round("aggregate", number),
        in_round("evaluate", number),
    )
    title = "Learn a ranker from the judgments"
    return Step(in_round("learn", number), title, needs, ("learn", "evaluate"), run, round=number)
