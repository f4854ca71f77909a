"""Does the interval of a difference hold the truth when ten annotators with tastes of their own judge all queries?

Each simulated study samples 75 queries with 12 items and 10 annotators; 4 annotators answer each task. Items have a quality
and a trait (say, how new they are); an annotator sees quality plus own taste times trait plus noise, and gives a grade from
0 to 3. One system ranks by quality and trait, the other by quality alone, so that every annotator's taste moves the
difference on all queries the same way. The truth is the difference over 20,000 queries under the grades that the whole
population of annotators would lead to. Printed: how often nominal 95% intervals hold it,

- of the bootstrap over queries alone,
- of the pigeonhole bootstrap (percentiles; queries and annotators get independent weights, which multiply),
- of CrossedNoise.

    python bench/crossed_noise.py [studies] [workers]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from time import process_time

import numpy as np
import polars as pl

from palate.aggregation.labels import DawidSkene, LabelAggregator, MajorityVote, OneCoinDawidSkene
from palate.evaluation import CrossedNoise
from palate.measures import evaluate

N_QUERIES, TASTE, NOISE = 75, 0.7, 0.6
CUTS = np.array([-0.8, 0.2, 1.0])
"""Between the grades 0, 1, 2 and 3."""
MEASURES = ("nDCG@10", "nDCG@5", "DCG@5", "P(rel=2)@5")


@dataclass(frozen=True)
class Case:
    """How a study makes judgments of answers."""

    name: str
    aggregator: LabelAggregator
    grades: str = "expected"


CASES = (
    Case("mean of votes", MajorityVote()),
    Case("most votes", MajorityVote(), "best"),
    Case("Dawid–Skene, mean", DawidSkene(threads=1)),
    Case("one coin, mean", OneCoinDawidSkene(threads=1)),
)


@dataclass(frozen=True)
class World:
    """Queries with items, and who ranks them how; all arrays have the shape (n_queries, n_items)."""

    quality: np.ndarray
    trait: np.ndarray
    scores: dict[str, np.ndarray]

    @classmethod
    def sample(cls, rng: np.random.Generator, n_queries: int, n_items: int = 12) -> World:
        """Return other queries."""
        quality, trait, one, other = rng.normal(size=(4, n_queries, n_items))
        return cls(quality, trait, {"fresh": quality + 0.6 * trait + one, "plain": quality + other})

    def items(self) -> pl.DataFrame:
        """Return every item of every query."""
        n_queries, n_items = self.quality.shape
        query, item = np.divmod(np.arange(n_queries * n_items), n_items)
        return pl.DataFrame({"query": query, "item": item})

    def runs(self) -> pl.DataFrame:
        """Return what both systems rank."""
        return pl.concat(
            self.items().select(pl.lit(name).alias("system"), pl.all(), pl.Series("score", scores.ravel()))
            for name, scores in self.scores.items()
        )

    def answers(self, rng: np.random.Generator, n_annotators: int = 10, overlap: int = 4) -> pl.DataFrame:
        """Return answers of annotators drawn from the population."""
        taste = rng.normal(0, TASTE, n_annotators)
        quality, trait = self.quality.ravel(), self.trait.ravel()
        who = np.argsort(rng.random((len(quality), n_annotators)), axis=1)[:, :overlap]
        seen = quality[:, None] + taste[who] * trait[:, None] + rng.normal(0, NOISE, who.shape)
        grade = np.searchsorted(CUTS, seen)
        rows = self.items()[np.repeat(np.arange(len(quality)), overlap)]
        return rows.with_columns(annotator=who.ravel(), label=grade.ravel())

    def consensus(self, grades: str) -> np.ndarray:
        """Return the grade of each item that all annotators there could be lead to, (n_queries * n_items,)."""
        from scipy.special import ndtr

        quality, spread = self.quality.ravel(), np.hypot(NOISE, TASTE * self.trait.ravel())
        below = ndtr((CUTS[:, None] - quality) / spread)
        shares = np.diff(np.vstack([np.zeros_like(quality), below, np.ones_like(quality)]), axis=0)
        return np.arange(4) @ shares if grades == "expected" else shares.argmax(axis=0).astype(float)


def truths(grades: str, n_queries: int = 20_000) -> dict[str, float]:
    """Return the true difference on each measure."""
    world = World.sample(np.random.default_rng(999), n_queries)
    judgments = world.items().with_columns(grade=pl.Series(world.consensus(grades)))
    found = evaluate(world.runs(), judgments, MEASURES, resamples=100).summary
    value = {(row["system"], row["measure"]): row["value"] for row in found.to_dicts()}
    return {measure: value["fresh", measure] - value["plain", measure] for measure in MEASURES}


def pigeonhole(runs: pl.DataFrame, answers: pl.DataFrame, case: Case, rng: np.random.Generator) -> np.ndarray:
    """Return differences (n_measures, n_resamples) with weights that multiply, from the exponential distribution."""
    from palate.evaluation._judged_answers import read_answers
    from palate.evaluation._ranked_judgments import rank_judgments
    from palate.measures import parse_measure

    found = read_answers(answers, None, None)
    ranked = rank_judgments(found.judged, runs)
    measures = [parse_measure(text) for text in MEASURES]
    signs = np.array([1.0 if system == "fresh" else -1.0 for system in ranked.systems])
    drawn = []
    for _ in range(200):
        weights = rng.exponential(size=len(found.coded.annotator_ids))
        posterior = MajorityVote().fit_weighed(found.coded, weights).posterior
        values = ranked.values(found.grades(posterior, expected=case.grades == "expected"), measures)
        of_queries = rng.exponential(size=values.shape[2])
        drawn.append((signs @ values) @ of_queries / of_queries.sum())
    return np.array(drawn).T


def one_study(seed: int, case: Case, truth: dict[str, float], *, pigeons: bool = True) -> np.ndarray:
    """Return (n_measures, 6): the estimate, the error said, whether three intervals hold the truth, the annotators' share."""
    rng = np.random.default_rng([seed, 7])
    world = World.sample(rng, N_QUERIES)
    runs, answers = world.runs(), world.answers(rng)
    method = CrossedNoise(case.aggregator, case.grades, correction="none")
    verdicts = {v.measure: v for v in method.compare(runs, answers, MEASURES, seed=seed)}
    pigeons = pigeons and isinstance(case.aggregator, MajorityVote)
    drawn = pigeonhole(runs, answers, case, rng) if pigeons else None
    rows = []
    for place, (measure, true) in enumerate(truth.items()):
        v = verdicts[measure]
        sign = 1.0 if v.system == "fresh" else -1.0
        held = np.nan
        if drawn is not None:
            low, high = np.quantile(drawn[place], [0.025, 0.975])
            held = low <= true <= high
        error = (v.interval.high - v.interval.low) / 2 / 2.262  # Student's t with 9 degrees of freedom
        hits = (sign * true in v.queries_only, held, sign * true in v.interval)
        rows.append((sign * v.interval.estimate, error, *hits, v.shares["annotators"]))
    return np.array(rows, dtype=float)


def studies(case: Case, count: int, workers: int) -> np.ndarray:
    """Return what ``one_study`` does of each seed, (n_studies, n_measures, 6)."""
    work = partial(one_study, case=case, truth=truths(case.grades))
    if workers == 1:
        return np.array([work(seed) for seed in range(count)])
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        return np.array(list(pool.map(work, range(count), chunksize=10)))


def speed() -> None:
    """Print how long 1,000 annotators left out one by one take in a study of 10,000 answers."""
    rng = np.random.default_rng(1)
    world = World.sample(rng, 208)
    answers = world.answers(rng, n_annotators=1000)
    for case in (CASES[0], CASES[2]):
        method = replace(CrossedNoise(case.aggregator), groups=1000)
        method.compare(world.runs(), answers, "nDCG@10")
        started = process_time()
        method.compare(world.runs(), answers, "nDCG@10")
        print(
            f"{len(answers):,} answers aggregated 1,000 times, {case.name}: {process_time() - started:.1f} processor s"
        )


def main(arguments: Sequence[str]) -> None:
    count = int(arguments[0]) if arguments else 300
    workers = int(arguments[1]) if len(arguments) > 1 else 2
    print(
        f"{count} studies; how often nominal 95% intervals hold the truth (± {1.96 * (0.05 * 0.95 / count) ** 0.5:.1%})"
    )
    print(
        f"{'judgments by':<20}{'measure':<12}{'queries':>9}{'pigeonhole':>12}{'crossed':>9}{'error said/true':>17}{'annotators':>12}"
    )
    for case in CASES:
        found = studies(case, count, workers)
        for place, measure in enumerate(MEASURES):
            estimate, error, alone, pigeons, crossed, share = found[:, place].T
            said = np.sqrt(np.mean(error**2)) / estimate.std(ddof=1)
            middle = "–" if np.isnan(pigeons).all() else f"{pigeons.mean():.1%}"
            print(
                f"{case.name:<20}{measure:<12}{alone.mean():>9.1%}{middle:>12}{crossed.mean():>9.1%}"
                f"{said:>17.2f}{share.mean():>12.0%}",
                flush=True,
            )
    speed()


if __name__ == "__main__":
    main(sys.argv[1:])
