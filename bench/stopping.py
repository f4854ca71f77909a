"""How often is it wrong to look after every query, when does it stop, and do planned studies see what they should?

What is printed is Markdown:

- how often a difference is seen where there is none, by Student's test and by confidence sequences that are looked at after
  every query;
- after how many queries they see differences that there are, beside the queries that a test planned ahead needs;
- how often studies see the difference that they were planned for, where the pilot is known exactly, and where it was
  measured.

    python bench/stopping.py [simulations, 2000 by default]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import log, sqrt
from pathlib import Path

import numpy as np
from scipy import stats

from palate.evaluation import spread_of_answers
from palate.inference import DifferenceVariance, queries_needed
from palate.inference._sequence_processes import Asymptotic, Betting, EmpiricalBernstein

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

from simulated_pilot import Annotators, simulated_study

Values = np.ndarray
METHODS = ("betting", "empirical-bernstein", "asymptotic")
QUERIES = 500
FIRST_LOOK = 10
LEVEL = 0.05
OFF, PEOPLE, WANTED = Annotators(own=0.0, of_query=0.3, of_answer=0.8), 12, 0.35


def of_ndcg(rng: np.random.Generator, shape: tuple[int, int], mean: float) -> Values:
    """Return values as differences of nDCG@10 are: a spread of 0.2, many of them 0."""
    some = rng.random(shape) < 0.7
    return np.where(some, np.clip(rng.normal(mean / 0.7, 0.2 / sqrt(0.7), shape), -1, 1), 0.0)


def of_preferences(rng: np.random.Generator, shape: tuple[int, int], mean: float) -> Values:
    """Return comparisons: -1, 0 or 1, 40% of them ties."""
    return rng.choice([-1.0, 0.0, 1.0], shape, p=[0.3 - mean / 2, 0.4, 0.3 + mean / 2])


def of_rare_wins(rng: np.random.Generator, shape: tuple[int, int], mean: float) -> Values:
    """Return values most of which are small losses, few of them large wins."""
    return np.where(rng.random(shape) < 0.05 + mean, 0.95, -0.05)


KINDS: dict[str, Callable[[np.random.Generator, tuple[int, int], float], Values]] = {
    "nDCG@10 (spread 0.2, 30% zeros)": of_ndcg,
    "preferences (−1, 0, 1; 40% ties)": of_preferences,
    "rare wins (0.95 in 5%, else −0.05)": of_rare_wins,
}


def naive(values: Values) -> float:
    """Return how often Student's test finds a difference at some look from the tenth query on."""
    n = np.arange(1, values.shape[1] + 1)
    means = np.cumsum(values, axis=1) / n
    squares = np.maximum(np.cumsum(values**2, axis=1) - n * means**2, 1e-12)
    error = np.sqrt(squares / np.maximum(n - 1, 1) / n)
    bound = stats.t.ppf(0.975, np.maximum(n - 1, 1))
    return float((np.abs(means) > bound * error)[:, FIRST_LOOK - 1 :].any(axis=1).mean())


def evidence(values: Values, method: str) -> Values:
    """Return the logarithm of the e-value against a mean of 0 after each value."""
    if (
        method == "betting"
    ):  # its capital against 0 alone decides whether 0 is excluded; other means are left out
        return Betting(LEVEL, -1.0, 1.0, 0.0, grid=np.zeros(1)).advance(values)[2]
    if method == "empirical-bernstein":
        return EmpiricalBernstein(LEVEL, -1.0, 1.0, 0.0).advance(values)[2]
    return Asymptotic(LEVEL, 0.0, warm_up=50, tuned_for=500).advance(values)[2]


def stop_at(values: Values, method: str) -> int | None:
    """Return after how many values the sequence first excludes 0; None if it never does."""
    found = np.flatnonzero(evidence(values, method) >= -log(LEVEL))
    return int(found[0]) + 1 if len(found) else None


def errors(simulations: int) -> None:
    """Count how often a difference is seen where there is none."""
    print(
        f"\n{simulations:,} comparisons without a difference, {QUERIES} queries, a look after every one: share seen.\n"
    )
    print("| values | Student's test | " + " | ".join(METHODS) + " |")
    print("|---|--:|" + "--:|" * len(METHODS))
    for number, (name, draw) in enumerate(KINDS.items()):
        values = draw(np.random.default_rng(number), (simulations, QUERIES), 0.0)
        seen = [np.mean([stop_at(row, method) is not None for row in values]) for method in METHODS]
        print(
            f"| {name} | " + " | ".join(f"{share:.1%}" for share in (naive(values), *seen)) + " |", flush=True
        )


def stopping_times(simulations: int) -> None:
    """Count after how many queries differences are seen that there are."""
    print(
        f"\nDifferences that there are, {simulations:,} comparisons each: queries in the mean until 0 is excluded.\n"
    )
    print(
        "| values | difference | planned ahead, 80% power | planned ahead, 95% | "
        + " | ".join(METHODS)
        + " |"
    )
    print("|---|--:|--:|--:|" + "--:|" * len(METHODS))
    for name, effects in zip(KINDS, ((0.02, 0.05, 0.1), (0.1, 0.2, 0.4), (0.02, 0.05)), strict=True):
        for effect in effects:
            draw, rng = KINDS[name], np.random.default_rng(round(1000 * effect))
            spread = DifferenceVariance(float(draw(rng, (1, 200_000), effect).var()))
            fixed = [queries_needed(effect, spread, power=power) or 0 for power in (0.8, 0.95)]
            values = draw(rng, (simulations, 8 * fixed[0]), effect)
            means = [np.mean([stop_at(row, m) or len(row) for row in values]) for m in METHODS]
            cells = [f"{effect:g}", *(f"{n:,}" for n in fixed), *(f"{mean:,.0f}" for mean in means)]
            print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def planned(simulations: int) -> None:
    """Plan from pilots, judge as planned, and count how often the test sees the difference."""
    print(
        f"\nStudies planned for a difference of {WANTED} on DCG@5 with 80% power, {simulations:,} each: share that sees it.\n"
    )
    print("| pilot | overlap | no design | queries planned (median) | share that sees it |")
    print("|---|--:|--:|--:|--:|")
    rng = np.random.default_rng(5)
    query = float(simulated_study(rng, 20_000, 1, 2, Annotators(0.0, 0.0, 0.0)).true.var())
    for overlap in (1, 3):
        exact = DifferenceVariance(query, 0.0, query * OFF.of_answer**2)
        for pilot, size in (
            ("known exactly", 0),
            ("20 queries × 3 answers", 20),
            ("60 queries × 3 answers", 60),
        ):
            pilots = min(simulations, 150) if size else 1
            plans = [plan(measured(size, rng) if size else exact, overlap) for _ in range(pilots)]
            made = [n for n in plans if n is not None]
            seen = np.mean([sees(int(n), overlap, rng) for n in rng.choice(made, simulations)])
            lacking = 1 - len(made) / len(plans)
            print(
                f"| {pilot} | {overlap} | {lacking:.1%} | {np.median(made):,.0f} | {seen:.1%} |", flush=True
            )


def measured(queries: int, rng: np.random.Generator) -> DifferenceVariance:
    """Return the variances that a pilot of so many queries shows."""
    pilot = simulated_study(rng, queries, 3, PEOPLE, OFF)
    return spread_of_answers(pilot.answers, pilot.runs, "DCG@5").depths[0].variance


def plan(variance: DifferenceVariance, overlap: int) -> int | None:
    return queries_needed(WANTED, variance, overlap=overlap, annotators=PEOPLE)


def sees(queries: int, overlap: int, rng: np.random.Generator) -> bool:
    """Return whether Student's test sees the difference in a study as planned."""
    study = simulated_study(rng, queries, overlap, PEOPLE, OFF)
    # The simulated systems are equal in the mean; the study is of two that differ by what is wanted.
    return bool(stats.ttest_1samp(study.differences + WANTED, 0).pvalue < 0.05)


if __name__ == "__main__":
    COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    errors(COUNT)
    stopping_times(max(COUNT // 10, 2))
    planned(COUNT)
