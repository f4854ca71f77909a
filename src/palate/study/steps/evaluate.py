"""Measure every run on the judgments, compare the systems, and hold both against the truth."""

from __future__ import annotations

import json
from itertools import combinations

import polars as pl

from palate.inference import Interval, Verdict, bootstrap_mean
from palate.measures import win_rates
from palate.study.measuring import judge, measure_runs, true_judgments
from palate.study.rounds import best_system, newcomer, ranked_by_all, rounds_of
from palate.study.step import Step, StepContext, in_round

__all__ = ["evaluate_step"]


def run(context: StepContext) -> str:
    """Write ``per_query``, ``summary``, ``coverage``, ``truth``, ``win_matrix`` and ``verdicts.json``."""
    runs = ranked_by_all(context)
    pairs = context.read("aggregate", "pair_judgments")
    met_all = _among_first(context, pairs)
    judged = measure_runs(
        context, runs, context.read("aggregate", "judgments").select("query", "item", "grade")
    )
    context.progress(1, 4)
    wins = win_rates(met_all)
    context.write("per_query", pl.concat([judged.per_query, wins]))
    context.write("summary", pl.concat([judged.summary, _win_summary(context, wins)], how="vertical_relaxed"))
    context.write("coverage", judged.coverage)
    context.progress(2, 4)
    context.write("truth", _truth(context, runs))
    context.write("win_matrix", _win_matrix(context, pairs))
    context.progress(3, 4)
    verdicts = _judge_systems(context, judged.per_query)
    notes = [*judged.notes, *_overtaken(context, verdicts)]
    found = {"verdicts": [verdict.to_dict() for verdict in verdicts], "notes": notes}
    (context.out / "verdicts.json").write_text(json.dumps(found, indent=1) + "\n")
    context.progress(4, 4)
    return verdicts[0].sentence


def _judge_systems(context: StepContext, per_query: pl.DataFrame) -> list[Verdict]:
    """Return a verdict on every pair of systems.

    The first is on the best system against the baseline; after the first round it is on the newest ranker
    against the system that was best before people were asked about that ranker.
    """
    headline = per_query.filter(pl.col("measure") == context.settings.evaluate.headline)
    means = headline.group_by("system").agg(pl.col("value").mean())
    order = means.sort("value", "system", descending=[True, False])["system"].to_list()
    if context.round == 1:
        lead, against = order[0], context.settings.recommend.systems[0]
    else:
        lead, against = newcomer(context), best_system(context, context.round - 1)
        order = [lead, *(system for system in order if system != lead)]
    pairs = sorted(combinations(order, 2), key=lambda pair: (lead not in pair, against not in pair))
    return [judge(context, headline, system, other) for system, other in pairs]


def _overtaken(context: StepContext, verdicts: list[Verdict]) -> list[str]:
    """Say if another system than the one to be beaten is now best of those that were there before."""
    if context.round == 1:
        return []
    named, against = newcomer(context), best_system(context, context.round - 1)
    values = {
        name: value for v in verdicts for name, value in ((v.system, v.value), (v.other, v.other_value))
    }
    best = max(sorted(set(values) - {named}), key=lambda name: values[name])
    if values[best] <= values[against]:
        return []
    note = (
        f"{against} was the best system when round {context.round} began; by the judgments of all rounds, {best} is"
        f" ({values[best]:.3f} against {values[against]:.3f}). See the comparison with it, too."
    )
    return [note]


def _among_first(context: StepContext, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of recommenders: of these each met every other, so that their win rates compare."""
    first = context.settings.recommend.systems
    return pairs.filter(pl.col("left").is_in(first) & pl.col("right").is_in(first))


def _truth(context: StepContext, runs: pl.DataFrame) -> pl.DataFrame:
    """Return every measure and the win rate as the real later values give them."""
    summary: pl.DataFrame = measure_runs(context, runs, true_judgments(context)).summary
    real = summary.select("system", "measure", "value")
    pairs = _among_first(context, context.read_all("ask", "pair_truth").rename({"truth": "label"}))
    wins = win_rates(pairs).group_by("system", "measure").agg(pl.col("value").mean()).sort("system")
    return pl.concat([real, wins])


def _win_summary(context: StepContext, wins: pl.DataFrame) -> pl.DataFrame:
    rows = []
    for (system, measure), of_system in wins.sort("system", "query").group_by(
        "system", "measure", maintain_order=True
    ):
        found = _interval(context, of_system["value"])
        rows.append((system, measure, found.estimate, found.low, found.high, len(of_system)))
    columns = ["system", "measure", "value", "low", "high", "queries"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def _win_matrix(context: StepContext, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return how often each system's list was preferred to each other's, a query counting once."""
    won = (
        pl.when(pl.col("label") == "tie")
        .then(0.5)
        .otherwise((pl.col("label") == "left").cast(pl.Float64))
        .alias("won")
    )
    ahead = pairs.select("query", pl.col("left").alias("system"), pl.col("right").alias("other"), won)
    behind = ahead.select(
        "query",
        pl.col("other").alias("system"),
        pl.col("system").alias("other"),
        (1 - pl.col("won")).alias("won"),
    )
    both = pl.concat([ahead, behind]).sort("system", "other", "query")
    rows = []
    for (system, other), judged in both.group_by("system", "other", maintain_order=True):
        by_query = judged.group_by("query", maintain_order=True).agg(pl.col("won").mean())["won"]
        found = _interval(context, by_query)
        rows.append((system, other, found.estimate, len(judged), found.low, found.high))
    columns = ["system", "other", "win_share", "comparisons", "low", "high"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def _interval(context: StepContext, values: pl.Series) -> Interval:
    """Return the mean over queries with its bounds; from one query nothing is known but the value itself."""
    settings = context.settings.evaluate
    if len(values) < 2:
        return Interval(float(values[0]), 0.0, 1.0, settings.confidence)
    return bootstrap_mean(
        values.to_numpy(), confidence=settings.confidence, resamples=settings.resamples, seed=context.seed
    )


def evaluate_step(number: int) -> Step:
    """Return the step of a round, from 1."""
    title = "Evaluate the systems" if number == 1 else "Evaluate the new ranker"
    needs = ("split", "recommend", *rounds_of("ask", number), in_round("aggregate", number))
    if number > 1:
        needs += (*rounds_of("learn", number - 1), in_round("evaluate", number - 1))
    sections: tuple[str, ...] = (
        ("evaluate", "recommend") if number == 1 else ("evaluate", "recommend", "learn")
    )
    return Step(in_round("evaluate", number), title, needs, sections, run, round=number)
