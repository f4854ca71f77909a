"""Does a ranker learn better from clicks that are weighted by how probably people look at a rank? Simulated people.

In each repetition 400 queries have 12 items each, with four features: one decides relevance, P(relevant) = 1 / (1 + exp(1.5 - 1.5 x)), one is
what two logging systems rank by, each with noise of its own, and two say nothing. People look at rank k with probability 1 / k and
click on what they look at and find relevant. 200 queries are logged, 50 lists each, the first 8 ranks of a system drawn by lot.
Propensities are estimated from swaps between the two systems; rankers learn from the clicks as they are, from clicks weighted by
the estimated propensities, and from the true relevance. The other 200 queries measure them by nDCG@5 with true relevance as
gain. Intervals are Student's over the repetitions. What is printed is Markdown.

    python bench/position_bias.py [repetitions]
"""

from __future__ import annotations

import sys

import numpy as np
import polars as pl
from scipy import stats

from palate.learning import clicks_to_judgments, learn, rankers, rerank, swap_propensities

QUERIES, ITEMS, RANKS, LISTS = 400, 12, 8, 50
LOOKED = 1.0 / np.arange(1, RANKS + 1)
OBJECTIVES = ("lambdamart", "ranknet", "regression")


def clicks_on(shown: np.ndarray, relevance: np.ndarray, rng: np.random.Generator) -> pl.DataFrame:
    """Return the log of lists of half of the queries, each shown by one of two systems."""
    queries = np.repeat(np.arange(QUERIES // 2), LISTS)
    lists = shown[rng.integers(0, 2, len(queries)), queries]
    chance = LOOKED * relevance[queries[:, None], lists]
    return pl.DataFrame(
        {
            "query": np.repeat(queries, RANKS),
            "item": lists.ravel(),
            "rank": np.tile(np.arange(1, RANKS + 1), len(queries)),
            "clicks": (rng.random(chance.shape) < chance).astype(int).ravel(),
        }
    )


def ndcg(runs: pl.DataFrame, relevance: np.ndarray) -> float:
    """Return the mean nDCG@5 of the queries that were not logged."""
    scores = runs.sort("query", "item")["score"].to_numpy().reshape(-1, ITEMS)
    gains, discounts = relevance[QUERIES // 2 :], 1 / np.log2(np.arange(2, 7))
    order = np.argsort(-scores, axis=1)[:, :5]
    ideal = -np.sort(-gains, axis=1)[:, :5]
    return float(np.mean((np.take_along_axis(gains, order, 1) @ discounts) / (ideal @ discounts)))


def repetition(seed: int) -> tuple[dict[tuple[str, str], float], np.ndarray]:
    """Return nDCG by objective and what it learned from, and the estimated propensities."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(4, QUERIES, ITEMS))
    relevance = 1 / (1 + np.exp(1.5 - 1.5 * features[0]))
    shown = np.argsort(-(features[1] + 0.5 * rng.normal(size=(2, QUERIES, ITEMS))), axis=2)[:, :, :RANKS]
    log = clicks_on(shown, relevance, rng)
    propensities = swap_propensities(log, confidence=0.5, resamples=3)
    table = pl.DataFrame(
        {"query": np.repeat(np.arange(QUERIES), ITEMS), "item": np.tile(np.arange(ITEMS), QUERIES)}
    )
    table = table.with_columns(pl.Series(f"f{n}", values.ravel()) for n, values in enumerate(features))
    logged, unseen = (
        table.filter(pl.col("query") < QUERIES // 2),
        table.filter(pl.col("query") >= QUERIES // 2),
    )
    chance = pl.Series(relevance[: QUERIES // 2].ravel())
    truth = logged.select("query", "item", grade=(chance > 0.5).cast(pl.Int64), p_0=1 - chance, p_1=chance)
    taught = {
        "clicks as they are": clicks_to_judgments(log),
        "clicks by propensity": clicks_to_judgments(log, propensities),
        "true relevance": truth,
    }
    found = {
        (objective, name): ndcg(
            rerank(learn(rankers.create(objective), logged, judgments, seed=seed), unseen), relevance
        )
        for objective in OBJECTIVES
        for name, judgments in taught.items()
    }
    return found, propensities.table["propensity"].to_numpy()


def main(repetitions: int) -> None:
    """Print how well each objective learns from each kind of clicks."""
    all_found, all_looked = zip(*(repetition(seed) for seed in range(repetitions)), strict=True)
    looked = np.array(all_looked)
    said = (
        f"{m:.3f} ± {s:.3f}" for m, s in zip(looked.mean(axis=0), looked.std(axis=0, ddof=1), strict=True)
    )
    print(f"{repetitions} repetitions. Propensities by rank, mean and spread: {', '.join(said)}\n")
    print("| learns from | nDCG@5 | less clicks as they are |\n|---|---|---|")
    for objective, name in all_found[0]:
        values = np.array([found[objective, name] for found in all_found])
        gaps = values - np.array([found[objective, "clicks as they are"] for found in all_found])
        half = stats.t.ppf(0.975, repetitions - 1) * stats.sem(gaps)
        gap = (
            f"{gaps.mean():+.4f} ({gaps.mean() - half:+.4f} … {gaps.mean() + half:+.4f})"
            if gaps.any()
            else ""
        )
        print(f"| `{objective}`, {name} | {values.mean():.4f} | {gap} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
