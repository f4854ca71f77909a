"""How much samplers save, and whether intervals from samples hold what they say.

python bench/sampling.py pairs      comparisons until the order is right: random pairs, Swiss rounds, active pairs
python bench/sampling.py coverage   intervals from sampled judgments over resamples of queries and judgments
python bench/sampling.py saving     judgments that uniform samples need for the error of importance samples
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import product

import numpy as np
import polars as pl
from scipy.stats import spearmanr

from _sampled_world import World, make_world
from palate.aggregation.pairs import BradleyTerry
from palate.core.randomness import generator
from palate.evaluation import evaluate_sampled
from palate.evaluation._sampled_values import Estimator
from palate.measures import evaluate
from palate.sampling import (
    ActivePairs,
    AllPairs,
    FrameSampler,
    Importance,
    Sampler,
    Stratified,
    Swiss,
    Uniform,
)
from palate.sampling.base import RoundSampler

GOAL = 0.98
ITEMS = 50
ESTIMATORS: tuple[Estimator, ...] = ("horvitz_thompson", "hajek")
MEASURES = ["P@10", "DCG@10", "nDCG@10", "R@10"]

TRUTHS: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "standard deviation 4": lambda rng: rng.normal(0.0, 4.0, ITEMS),
    "evenly over 8 logits": lambda rng: rng.permutation(np.linspace(-4, 4, ITEMS)),
    "evenly over 4 logits": lambda rng: rng.permutation(np.linspace(-2, 2, ITEMS)),
}
ROUNDS = {"standard deviation 4": 40, "evenly over 8 logits": 40, "evenly over 4 logits": 70}


def main() -> None:
    """Run one of the benchmarks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["pairs", "coverage", "saving"])
    parser.add_argument("--runs", type=int, default=None, help="seeds (pairs: 20) or resamples (500 and 300)")
    wanted = parser.parse_args()
    {"pairs": pairs, "coverage": coverage, "saving": saving}[wanted.what](wanted.runs)


def pairs(seeds: int | None) -> None:
    """Print how many comparisons each sampler needs until Spearman's correlation with the truth is 0.98 on average."""
    seeds = seeds or 20
    print(f"Comparisons until Spearman {GOAL} with the truth, {ITEMS} items, mean of {seeds} seeds.\n")
    print("| true scores | random pairs | Swiss | active | Swiss needs | active needs |")
    print("|---|--:|--:|--:|--:|--:|")
    for name, draw in TRUTHS.items():
        needed = {}
        for how, sampler in (
            ("random", AllPairs(pairs=ITEMS - 1, depth=ITEMS)),
            ("swiss", Swiss(depth=ITEMS)),
            ("active", ActivePairs(depth=ITEMS)),
        ):
            curves = [curve(draw, sampler, seed, ROUNDS[name]) for seed in range(seeds)]
            needed[how] = reached(np.mean(curves, axis=0))
        random = needed["random"]
        row = [f"{needed[how]:,.0f}" for how in needed]
        shares = [f"{needed[how] / random:.0%}" for how in ("swiss", "active")]
        print(f"| {name} | {' | '.join(row + shares)} |", flush=True)


def curve(
    draw: Callable[[np.random.Generator], np.ndarray], sampler: Sampler, seed: int, rounds: int
) -> np.ndarray:
    """Return the number of comparisons and the correlation after each round, shape (n_rounds, 2)."""
    rng = generator(seed, "sampling", "truth")
    truth = draw(rng)
    runs = pl.DataFrame(
        {"system": ["s"] * ITEMS, "query": [1] * ITEMS, "item": range(ITEMS), "rank": range(1, ITEMS + 1)}
    )
    found: pl.DataFrame | None = None
    points = []
    for number in range(rounds):
        round_seed = 1000 * seed + number
        if isinstance(sampler, RoundSampler):
            tasks = sampler.next_tasks(runs, found, round_seed)
        else:
            tasks = sampler.sample(runs, round_seed)
        left, right = tasks["left"].to_numpy(), tasks["right"].to_numpy()
        wins = rng.random(len(left)) < 1 / (1 + np.exp(truth[right] - truth[left]))
        answers = tasks.select("left", "right").with_columns(
            label=pl.Series(np.where(wins, "left", "right"), dtype=pl.String)
        )
        found = answers if found is None else pl.concat([found, answers])
        scores = BradleyTerry(intervals="none").aggregate(found).scores
        told = np.zeros(ITEMS)
        told[scores["item"].to_numpy()] = scores["score"].to_numpy()
        points.append((len(found), spearmanr(told, truth).statistic))
    return np.array(points)


def reached(points: np.ndarray) -> float:
    """Return where the mean curve first reaches the goal, between rounds by a line."""
    first = int(np.argmax(points[:, 1] >= GOAL))
    if points[first, 1] < GOAL:
        return float("nan")
    before = points[max(first - 1, 0)]
    rise = points[first, 1] - before[1]
    share = (GOAL - before[1]) / rise if rise > 0 else 1.0
    return float(before[0] + share * (points[first, 0] - before[0]))


SAMPLERS: dict[str, Callable[[int], FrameSampler]] = {
    "importance": lambda count: Importance(count=count, depth=60),
    "stratified": lambda count: Stratified(count=count, depth=60),
    "uniform": lambda count: Uniform(count=count),
}


def coverage(resamples: int | None) -> None:
    """Print how often 95% intervals hold the mean over all 3,000 queries, of 40 queries whose judgments are sampled."""
    resamples = resamples or 500
    world = make_world(3000, seed=1)
    truth = truths(world)
    print(
        f"95% intervals from 40 queries of 3,000, 60 items each: {resamples:,} resamples of queries and judgments.\n"
    )
    print("| sampler | judged of 60 | measure | of | holds the truth | bias | error told | error |")
    print("|---|--:|---|---|--:|--:|--:|--:|")
    for name, sampler in SAMPLERS.items():
        for judged in (15, 30):
            rows = [row for seed in range(resamples) for row in resampled(world, sampler(40 * judged), seed)]
            print_coverage(name, judged, pl.DataFrame(rows, orient="row"), truth)


def resampled(world: World, sampler: FrameSampler, seed: int) -> list[dict[str, object]]:
    """Return what 40 queries with sampled judgments say."""
    rng = generator(seed, "sampling", "coverage")
    part = world.some(rng.choice(3000, 40, replace=False).tolist())
    tasks = sampler.sample(part.runs, seed)
    judged = part.judgments.join(tasks.drop("task"), on=["query", "item"])
    found = evaluate_sampled(part.runs, judged, MEASURES)
    rows = [{"of": row["system"], **row} for row in found.summary.to_dicts()]
    rows += [{"of": "a - b", "value": row["difference"], **row} for row in found.differences.to_dicts()]
    kept = ("of", "measure", "value", "low", "high", "error_of_queries", "error_of_judgments")
    return [{name: row[name] for name in kept} for row in rows]


def print_coverage(name: str, judged: int, rows: pl.DataFrame, truth: dict[tuple[str, str], float]) -> None:
    """Print a line for a's values and for the difference on each measure."""
    for measure in MEASURES:
        for of in ("a", "a - b"):
            some = rows.filter((pl.col("measure") == measure) & (pl.col("of") == of))
            values, low, high, of_queries, of_judgments = (
                some[name].to_numpy()
                for name in ("value", "low", "high", "error_of_queries", "error_of_judgments")
            )
            true = truth[of, measure]
            holds = np.mean((low <= true) & (true <= high))
            told = np.sqrt(of_queries**2 + of_judgments**2).mean()
            print(
                f"| {name} | {judged} | {measure} | {of} | {holds:.1%} | {values.mean() - true:+.4f} |"
                f" {told:.4f} | {values.std():.4f} |",
                flush=True,
            )


def truths(world: World) -> dict[tuple[str, str], float]:
    """Return the values on all judgments."""
    found = {
        (row["system"], row["measure"]): row["value"]
        for row in evaluate(world.runs, world.judgments, MEASURES, resamples=40).summary.to_dicts()
    }
    return found | {("a - b", measure): found["a", measure] - found["b", measure] for measure in MEASURES}


def saving(resamples: int | None) -> None:
    """Print the error that drawing judgments brings, of the same 40 queries, for the same number of judgments."""
    resamples = resamples or 300
    world = make_world(40, seed=2)
    truth = truths(world)
    samplers: dict[str, FrameSampler] = {
        "uniform": Uniform(count=600),
        "stratified by rank": Stratified(count=600, depth=60),
        "importance": Importance(count=600, depth=60),
        "importance for differences": Importance(count=600, depth=60, differences=True),
    }
    print(
        f"Root mean squared error of drawing 600 of 2,400 judgments, {resamples} resamples; beside it by how much the variance of uniform is greater.\n"
    )
    print("| sampler | estimator | P@10 of a | | a - b | | DCG@10 of a | | a - b | |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    plain: dict[tuple[str, str], float] = {}
    for (name, sampler), estimator in product(samplers.items(), ESTIMATORS):
        errors: dict[tuple[str, str], list[float]] = {}
        for seed in range(resamples):
            tasks = sampler.sample(world.runs, seed)
            judged = world.judgments.join(tasks.drop("task"), on=["query", "item"])
            found = evaluate_sampled(world.runs, judged, ["P@10", "DCG@10"], estimator=estimator)
            for row in found.summary.filter(pl.col("system") == "a").to_dicts():
                errors.setdefault(("a", row["measure"]), []).append(row["value"] - truth["a", row["measure"]])
            for row in found.differences.to_dicts():
                key = ("a - b", row["measure"])
                errors.setdefault(key, []).append(row["difference"] - truth[key])
        cells = []
        for measure in ("P@10", "DCG@10"):
            for of in ("a", "a - b"):
                error = float(np.sqrt(np.mean(np.square(errors[of, measure]))))
                first = plain.setdefault((of, measure), error)
                cells += [f"{error:.4f}", f"{(first / error) ** 2:.1f}"]
        print(f"| {name} | {estimator.replace('_', ' ')} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
