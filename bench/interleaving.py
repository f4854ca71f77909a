"""How many impressions does interleaving need to tell two rankings apart, beside an A/B test?

Simulated users search one of the first queries of a table of judgments (or one with drawn grades). Both systems rank by
grade with noise, system B with more of it. A user goes down the list as in the dependent click model (Guo, Liu and Wang,
WSDM 2009): clicks each item with a chance by its grade, and stops after a click with a chance by its grade. An A/B test
shows half of the users A and half B and compares clicks a search, or searches with a click; interleaving shows everybody
one mixed list. Both see as many impressions as there are.

From the mean and the variance of what an impression adds, the impressions needed for a power of 80% at 5% are
(1.96 + 0.84)² variance / mean². For the A/B test both are computed exactly, for interleaving from simulated impressions:
the interval of the ratio is by the delta method on its logarithm.

    python bench/interleaving.py [impressions] [judgments.tsv]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from math import exp, sqrt
from pathlib import Path
from typing import Any

import numpy as np

from palate.experiments.interleaving import Interleaver, Optimized, Probabilistic, TeamDraft

ESCI = Path(__file__).parents[2] / "shared" / "data" / "esci" / "judgments.tsv"
LENGTH, QUERIES = 10, 60
NOISE_A, NOISE_B = 1.0, 1.4
CLICK = (0.04, 0.12, 0.25, 0.45)
STOP = (0.1, 0.2, 0.4, 0.6)
POWER = (1.959964 + 0.841621) ** 2


@dataclass(frozen=True)
class Query:
    """One query's two rankings and the grade (0 to 3) of every item."""

    a: tuple[int, ...]
    b: tuple[int, ...]
    grades: np.ndarray


def queries(rng: np.random.Generator, judgments: Path | None = None) -> list[Query]:
    """Return queries with grades from judgments, or drawn where there are none."""
    found = []
    for grades in _graded(rng, judgments):
        noise = rng.normal(0, 1, (2, len(grades)))
        noise[1] = 0.8 * noise[0] + 0.6 * noise[1]  # systems make similar mistakes
        a, b = (
            np.argsort(-(grades + spread * own), kind="stable")[: 2 * LENGTH]
            for spread, own in zip((NOISE_A, NOISE_B), noise, strict=True)
        )
        found.append(Query(tuple(a.tolist()), tuple(b.tolist()), grades))
    return found


def _graded(rng: np.random.Generator, judgments: Path | None) -> list[np.ndarray]:
    if judgments is None:
        return [rng.choice(4, 30, p=[0.5, 0.2, 0.2, 0.1]) for _ in range(QUERIES)]
    from palate.core.frames import read_table
    from palate.core.tables import JUDGMENTS

    table = read_table(judgments, JUDGMENTS)
    levels = {grade: min(3, place) for place, grade in enumerate(sorted(table["grade"].unique()))}
    by_query = table.group_by("query", maintain_order=True).agg("grade")
    long = [grades for _, grades in by_query.iter_rows() if len(grades) >= 2 * LENGTH]
    return [np.array([levels[g] for g in grades]) for grades in long[:QUERIES]]


def clicks(items: Any, grades: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return which of the shown items a user clicks."""
    clicked = np.zeros(len(items))
    for place, item in enumerate(items):
        grade = int(grades[item])
        if rng.random() < CLICK[grade]:
            clicked[place] = 1
            if rng.random() < STOP[grade]:
                break
    return clicked


def expected_clicks(items: Any, grades: np.ndarray) -> tuple[float, float, float]:
    """Return the means of the clicks on a list, of their square, and of whether there is one, exactly."""
    going = np.array([1.0])  # chances of going on with 0, 1, ... clicks
    ended = np.zeros(LENGTH + 1)
    for item in items:
        click, stop = CLICK[int(grades[item])], STOP[int(grades[item])]
        clicked = going * click
        ended[1 : len(clicked) + 1] += clicked * stop
        going = np.append(going * (1 - click), 0.0) + np.append(0.0, clicked * (1 - stop))
    ended[: len(going)] += going
    counts = np.arange(LENGTH + 1)
    return float(ended @ counts), float(ended @ counts**2), float(1 - ended[0])


def ab_needed(found: list[Query]) -> tuple[float, float]:
    """Return the impressions an A/B test needs: by clicks a search, and by searches with a click."""
    of_a, of_b = (
        np.mean(
            [
                expected_clicks(ranking[:LENGTH], query.grades)
                for query in found
                for ranking in (getattr(query, side),)
            ],
            axis=0,
        )
        for side in "ab"
    )
    by_clicks = sum(side[1] - side[0] ** 2 for side in (of_a, of_b)) / (of_a[0] - of_b[0]) ** 2
    by_any = sum(side[2] * (1 - side[2]) for side in (of_a, of_b)) / (of_a[2] - of_b[2]) ** 2
    return 2 * POWER * by_clicks, 2 * POWER * by_any  # two groups of half the impressions each


def interleaved_values(
    method: Interleaver, found: list[Query], n: int, rng: np.random.Generator
) -> np.ndarray:
    """Return the credit of each impression, A minus B."""
    values = np.empty(n)
    for i in range(n):
        query = found[rng.integers(len(found))]
        shown = method.interleave(query.a, query.b, LENGTH, rng)
        values[i] = clicks(shown.items, query.grades, rng) @ np.array(shown.credits)
    return values


def needed(method: Interleaver, found: list[Query], n: int, seed: int) -> tuple[float, float]:
    """Return the impressions that interleaving needs, and the standard error of their logarithm."""
    values = interleaved_values(method, found, n, np.random.default_rng(seed))
    mean, variance = float(values.mean()), float(values.var(ddof=1))
    return POWER * variance / mean**2, 2 * sqrt(variance / n) / abs(mean)


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    esci = ESCI if ESCI.exists() else None
    given = Path(sys.argv[2]) if len(sys.argv) > 2 else esci
    found = queries(np.random.default_rng(0), given)
    by_clicks, by_any = ab_needed(found)
    print(
        f"{len(found)} queries of {given.name if given else 'drawn grades'}; {n:,} simulated impressions a method"
    )
    print(
        f"an A/B test needs {by_clicks:,.0f} impressions by clicks a search, {by_any:,.0f} by searches with a click"
    )
    best = min(by_clicks, by_any)
    for method in (
        TeamDraft(),
        Probabilistic(),
        Optimized("linear"),
        Optimized("binary"),
        Optimized("inverse_rank"),
    ):
        impressions, error = needed(method, found, n, seed=1)
        low, high = (best / impressions * exp(side * 1.959964 * error) for side in (-1, 1))
        print(
            f"{method!s:36} needs {impressions:8,.0f}: {best / impressions:6.1f} times fewer (95% CI {low:.1f} … {high:.1f})"
        )


if __name__ == "__main__":
    main()
