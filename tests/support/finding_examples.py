"""Pages of what single commands find, with ordinary names and with names that try to break them."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import report_examples as examples
from bandit_logs import bandit, bandit_log, policy_table
from evaluation_examples import ranked
from judged_worlds import judged_world

from palate.evaluation import (
    CrossedNoise,
    evaluate_assisted,
    evaluate_sampled,
    hole_bounds,
    measure_agreement,
    posterior_values,
    worth_of_judge,
)
from palate.experiments.ab import Analysis, compare_variants, parse_guardrail, parse_metric
from palate.experiments.interleaving import multileave_runs, score_clicks, score_teams
from palate.experiments.off_policy import evaluate_policy
from palate.learning import (
    LambdaMART,
    LearnedRanker,
    ModelCard,
    contributions_of,
    cross_fit,
    feature_table,
)
from palate.measures import evaluate
from palate.report import FindingSheet

__all__ = [
    "MAKERS",
    "agreement_sheet",
    "assisted_sheet",
    "bounds_sheet",
    "crossed_sheet",
    "experiment_sheet",
    "learned_sheet",
    "policy_sheet",
    "posterior_sheet",
    "preference_sheet",
    "preferences_sheet",
    "sampled_sheet",
    "worth_sheet",
]

VERSION = "0.1.0"


def _sheet(found, *, hostile: bool, source: str = "runs.parquet on answers.csv") -> FindingSheet:
    return FindingSheet(examples.SCRIPT if hostile else source, VERSION, found)


def _named(names: list[str], *, hostile: bool) -> list[str]:
    return (
        [f"{examples.HOSTILE[i % len(examples.HOSTILE)]} {i}" for i, _ in enumerate(names)]
        if hostile
        else names
    )


@cache
def crossed_sheet(*, hostile: bool = False) -> FindingSheet:
    """Return verdicts of three systems by six annotators, of whom each is mild or strict to all."""
    runs, judgments = ranked(hostile=hostile, n_queries=25)
    rng, rows = np.random.default_rng(0), []
    for annotator in range(6):
        mild = rng.normal(0, 0.3)
        for query, item, grade in judgments.iter_rows():
            if rng.random() < 0.5:
                said = int(np.clip(round(grade + mild + rng.normal(0, 0.5)), 0, 2))
                rows.append((query, item, f"w{annotator}", said))
    answers = pl.DataFrame(rows, schema=["query", "item", "annotator", "label"], orient="row")
    return _sheet(CrossedNoise().compare(runs, answers, ["nDCG@10", "AP"]), hostile=hostile)


@cache
def posterior_sheet(*, hostile: bool = False) -> FindingSheet:
    runs, judgments = ranked(hostile=hostile)
    chances = [pl.when(pl.col("grade") == g).then(0.8).otherwise(0.1).alias(f"p_{g}") for g in range(3)]
    judgments = judgments.select("query", "item", *chances)
    return _sheet(posterior_values(runs, judgments, ["nDCG@10"], draws=200), hostile=hostile)


@cache
def sampled_sheet(*, hostile: bool = False) -> FindingSheet:
    runs, judgments = ranked(hostile=hostile)
    sure = pl.col("item").cast(pl.String).is_in(["d0", "d1"])  # as ranked() judges them
    drawn = judgments.with_columns(inclusion=pl.when(sure).then(1.0).otherwise(0.5))
    return _sheet(evaluate_sampled(runs, drawn, ["nDCG@10", "P@10"]), hostile=hostile)


@cache
def bounds_sheet(*, hostile: bool = False) -> FindingSheet:
    runs, judgments = ranked(hostile=hostile)
    return _sheet(hole_bounds(runs, judgments, ["P@5", "nDCG@5"], depth=5), hostile=hostile)


@cache
def agreement_sheet(*, hostile: bool = False) -> FindingSheet:
    """Return measures beside people who prefer the system whose grades are higher in the first three ranks, mostly."""
    runs, judgments = ranked(hostile=hostile)
    values = evaluate(runs, judgments, ["nDCG@10", "P@5", "RR", "AP"], resamples=100).per_query
    one, two = sorted(set(values["system"]))[:2]
    rng = np.random.default_rng(0)
    wide = values.filter(pl.col("measure") == "nDCG@10").pivot("system", index="query", values="value")
    liked = (wide[one] - wide[two]).to_numpy() + rng.normal(0, 0.2, len(wide)) > 0
    labels = np.where(liked, "left", "right")
    pairs = pl.DataFrame({"query": wide["query"], "left": one, "right": two, "label": labels})
    parts = examples.HOSTILE[:2] if hostile else ("head", "tail")
    segments = pl.DataFrame({"query": wide["query"], "segment": [parts[i % 2] for i in range(len(wide))]})
    found = measure_agreement(values, pairs, segments=segments, resamples=300)
    return _sheet(found, hostile=hostile, source="pairs.csv")


@cache
def worth_sheet(*, hostile: bool = False) -> FindingSheet:
    made = judged_world(favour=1.0)
    names = _named(["a", "b"], hostile=hostile)
    runs = pl.concat(
        run.with_columns(system=pl.lit(name)) for name, run in zip(names, made.runs.values(), strict=True)
    )
    found = worth_of_judge(
        made.some_people(200),
        made.judge,
        runs=runs,
        measure="P@5",
        price="0.05",
        judge_model="gpt-4o",
        system_models={names[0]: "gpt-4o-mini"},
    )
    return _sheet(found, hostile=hostile, source="people.csv, judge.csv")


@cache
def assisted_sheet(*, hostile: bool = False) -> FindingSheet:
    made = judged_world()
    names = _named(["a", "b"], hostile=hostile)
    runs = pl.concat(
        run.with_columns(system=pl.lit(name)) for name, run in zip(names, made.runs.values(), strict=True)
    )
    found = evaluate_assisted(runs, made.some_people(200), made.judge, "P@5")
    return _sheet(found, hostile=hostile, source="people.csv, judge.csv")


@cache
def experiment_sheet(*, hostile: bool = False, lost: bool = False) -> FindingSheet:
    """Return an experiment of two variants against a control; with ``lost``, units of one of them are gone."""
    rng, n = np.random.default_rng(3), 3000
    names = _named(["control", "new", "newer"], hostile=hostile)
    variant = rng.choice(3, n, p=(0.4, 0.2, 0.4) if lost else None)
    seconds = rng.gamma(2.0, 30.0, n) * np.array([1.0, 1.06, 1.12])[variant]
    crashes = (rng.random(n) < 0.3).astype(float)
    table = pl.DataFrame(
        {
            "user": np.arange(n),
            "variant": [names[v] for v in variant],
            "watch_seconds": seconds,
            "clicks": rng.poisson(2.0, n),
            "impressions": 10,
            "balance": rng.normal(0, 1, n),
            "crashes": crashes,
        }
    )
    metrics = [parse_metric(text) for text in ("watch_seconds", "clicks/impressions", "balance")]
    found = compare_variants(
        table, [*metrics, parse_guardrail("crashes:0.3")], control=names[0], analysis=Analysis()
    )
    return _sheet(found, hostile=hostile, source="events.parquet")


@cache
def preference_sheet(*, hostile: bool = False) -> FindingSheet:
    rng = np.random.default_rng(1)
    one, two = _named(["als", "bpr"], hostile=hostile)
    log = pl.DataFrame(
        {
            "impression": np.arange(600),
            "item": "x",
            "clicks": rng.integers(0, 2, 600),
            "credit": rng.choice([1.0, -1.0], 600, p=[0.6, 0.4]),
            "user": np.arange(600) // 3,
            "system": one,
            "other": two,
        }
    )
    return _sheet(score_clicks(log), hostile=hostile, source="log.csv")


@cache
def preferences_sheet(*, hostile: bool = False) -> FindingSheet:
    """Return three systems in one list; people click the first system's best item, and seldom others."""
    names = _named(["als", "bpr", "ease"], hostile=hostile)
    rankings = zip(names, ["abcd", "bdca", "cbad"], strict=True)
    runs = pl.concat(
        pl.DataFrame({"system": name, "query": "q", "item": list(items), "rank": range(1, 5)})
        for name, items in rankings
    )
    lists = multileave_runs(runs, 3, 400, 1).table
    likely = np.where(lists["item"] == "a", 0.6, 0.2)
    clicks = pl.Series("clicks", np.random.default_rng(2).random(len(lists)) < likely)
    log = lists.select("list", "item", clicks.cast(pl.Int64), impression="list")
    return _sheet(score_teams(log, lists), hostile=hostile, source="log.csv")


@cache
def policy_sheet(*, hostile: bool = False) -> FindingSheet:
    clicks, logging, target = bandit(1)
    log = bandit_log(clicks, logging, 200, np.random.default_rng(0))
    found = evaluate_policy(log, policy_table(target))
    return _sheet(found, hostile=hostile, source="log.csv under policy.csv")


@cache
def learned_sheet(*, hostile: bool = False) -> FindingSheet:
    """Return a ranker that learned from two systems and a feature of its own."""
    runs, judgments = ranked(hostile=hostile, n_queries=25)
    items = pl.DataFrame({"item": judgments["item"].unique().sort()}).with_row_index("number")
    [name] = _named(["number"], hostile=hostile)
    table = feature_table(runs, own=items.rename({"number": name}))
    fit = cross_fit(LambdaMART(trees=10, min_rows=5), table, judgments, folds=3, system="lambdamart")
    measured = evaluate([runs, fit.runs], judgments, ["nDCG@10"], resamples=100).summary
    contributions = contributions_of(fit.ranker, table)
    data = {f"runs {examples.SCRIPT if hostile else 'a.trec'}": "0" * 32}
    card = ModelCard.of(
        fit, table, seed=0, data=data, measured=measured, contributions=contributions, notes=["Few queries."]
    )
    return _sheet(LearnedRanker(card, contributions), hostile=hostile)


MAKERS = {
    "crossed": crossed_sheet,
    "posterior": posterior_sheet,
    "sampled": sampled_sheet,
    "bounds": bounds_sheet,
    "agreement": agreement_sheet,
    "worth": worth_sheet,
    "assisted": assisted_sheet,
    "experiment": experiment_sheet,
    "preference": preference_sheet,
    "preferences": preferences_sheet,
    "policy": policy_sheet,
    "learned": learned_sheet,
}
