"""How well does every recommender find what users did next, on MovieLens?

What is printed is Markdown: nDCG@10 of every registered recommender on three splits, with 95% intervals over users
(a bootstrap of users), and what learning took. All ratings count as liking, items that a user met before are left out, all others
are ranked, and what a user met later is relevant, also where nobody met it before.

    python bench/recommenders.py [recommenders, all by default]
    python bench/recommenders.py --tune [recommenders, all that have choices]

Settings were chosen by the second form: on the past of the first split alone, itself split 80/20 by each user's time.
"""

from __future__ import annotations

import sys
import time
from itertools import product
from typing import Any

import numpy as np
import polars as pl

from palate.recommend import (
    code_interactions,
    leave_one_out,
    recommend_top,
    recommenders,
    split_at_time,
    split_by_time,
)
from palate.study.movielens import read_movielens

CUTOFF = 10
RESAMPLES = 2000
SETTINGS: dict[str, dict[str, Any]] = {
    "item_neighbours": {"neighbours": 400, "shrinkage": 10.0, "likes": "all"},
    "user_neighbours": {"neighbours": 25, "shrinkage": 50.0, "likes": "all"},
    "ease": {"regularization": 500.0, "likes": "all"},
    "content": {"likes": "all"},
    "hybrid": {
        "other": "ease",
        "options": {"regularization": 500.0, "likes": "all"},
        "enough": 5,
        "likes": "all",
    },
    "matrix_factorization": {"factors": 32, "regularization": 0.02, "unknowns": 8, "likes": "all"},
    "bpr": {"factors": 16, "learning_rate": 0.02, "regularization": 0.05, "iterations": 100, "likes": "all"},
    "logistic_mf": {"factors": 16, "regularization": 3.0, "unknowns": 30, "likes": "all"},
    "als": {"factors": 32, "regularization": 10.0, "alpha": 1.0, "likes": "all"},
}
"""Where a recommender is not named, its defaults."""

CHOICES: dict[str, dict[str, list[Any]]] = {
    "item_neighbours": {
        "neighbours": [50, 100, 200, 400],
        "shrinkage": [0.0, 10.0, 50.0],
        "similarity": ["cosine", "jaccard", "tfidf", "bm25"],
        "likes": ["all"],
    },
    "user_neighbours": {
        "neighbours": [15, 25, 50, 100],
        "shrinkage": [0.0, 10.0, 50.0],
        "similarity": ["cosine", "jaccard", "tfidf", "bm25"],
        "likes": ["all"],
    },
    "ease": {"regularization": [100.0, 200.0, 500.0, 1000.0], "likes": ["all"]},
    "content": {"likes": ["all", "above_user_mean"]},
    "als": {
        "factors": [8, 16, 32],
        "regularization": [0.1, 10.0, 50.0],
        "alpha": [1.0, 5.0],
        "likes": ["all"],
    },
    "matrix_factorization": {
        "factors": [16, 32],
        "regularization": [0.005, 0.02, 0.05],
        "unknowns": [2, 4, 8],
        "likes": ["all"],
    },
    "bpr": {
        "factors": [16, 32],
        "learning_rate": [0.02, 0.05],
        "regularization": [0.01, 0.05],
        "iterations": [100, 200],
        "likes": ["all"],
    },
    "logistic_mf": {"factors": [8, 16], "regularization": [0.6, 3.0], "unknowns": [10, 30], "likes": ["all"]},
}
"""What ``--tune`` tries: every combination."""


def splits(interactions: pl.DataFrame) -> dict[str, tuple[pl.DataFrame, pl.DataFrame]]:
    """Return (past, future) of every split, by name."""
    parts = {
        "per-user temporal 80/20": split_by_time(interactions, 0.2),
        "leave one out": leave_one_out(interactions),
        "global temporal 80/20": split_at_time(interactions, 0.2),
    }
    # Users without a past are left out: nobody could know anything of them.
    return {name: (split.past, _of_known(split.future, split.past)) for name, split in parts.items()}


def _of_known(future: pl.DataFrame, past: pl.DataFrame) -> pl.DataFrame:
    return future.join(past, on="user", how="semi")


def ndcg(runs: pl.DataFrame, future: pl.DataFrame) -> np.ndarray:
    """Return the nDCG@10 of each user who has a future, in the order of their ids."""
    relevant = future.select("user", "item").unique().with_columns(hit=1.0)
    gains = runs.join(relevant, left_on=["query", "item"], right_on=["user", "item"], how="inner")
    dcg = gains.group_by("query").agg(dcg=(1 / (pl.col("rank") + 1).log(2)).sum())
    ideal = np.cumsum(1 / np.log2(np.arange(2, CUTOFF + 2)))
    users = (
        relevant.group_by("user").len().sort("user").join(dcg, left_on="user", right_on="query", how="left")
    )
    best = ideal[np.minimum(users["len"].to_numpy(), CUTOFF) - 1]
    return users.sort("user")["dcg"].fill_null(0.0).to_numpy() / best


def interval(values: np.ndarray) -> tuple[float, float]:
    """Return the middle 95% of the means of resampled users."""
    draws = np.random.default_rng(0).integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.quantile(values[draws].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def tune(names: list[str], interactions: pl.DataFrame, items: pl.DataFrame) -> None:
    """Print the settings that do best on the past of the first split."""
    inner = split_by_time(split_by_time(interactions, 0.2).past, 0.2)
    for name in names or CHOICES:
        tried = []
        for values in product(*CHOICES[name].values()):
            settings = dict(zip(CHOICES[name], values, strict=True))
            value = float(measured(name, settings, inner.past, inner.future, items)[0].mean())
            tried.append((value, settings))
        for value, settings in sorted(tried, key=lambda pair: -pair[0])[:3]:
            print(f"{name}: {value:.4f} by {settings}", flush=True)


def measured(
    name: str, settings: dict[str, Any], past: pl.DataFrame, future: pl.DataFrame, items: pl.DataFrame
) -> tuple[np.ndarray, float]:
    """Return each user's nDCG@10, and the seconds that learning took."""
    recommender = recommenders.create(name, settings)
    coded = code_interactions(past, items if recommender.needs_items else None)
    started = time.perf_counter()
    fitted = recommender.fit(coded)
    seconds = time.perf_counter() - started
    runs = recommend_top(fitted, coded, CUTOFF, future["user"].unique())
    return ndcg(runs, future), seconds


def main() -> None:
    interactions, items = read_movielens()
    if sys.argv[1:2] == ["--tune"]:
        tune(sys.argv[2:], interactions, items)
        return
    tables = splits(interactions)
    names = sys.argv[1:] or recommenders.names()
    heads = [f"{name} ({future['user'].n_unique()} users)" for name, (_, future) in tables.items()]
    print(f"| recommender | {' | '.join(heads)} | seconds |")
    print(f"|---|{'--:|' * (len(tables) + 1)}")
    for name in names:
        cells, took = [], []
        for past, future in tables.values():
            values, seconds = measured(name, SETTINGS.get(name, {}), past, future, items)
            low, high = interval(values)
            cells.append(f"{values.mean():.3f} ({low:.3f}–{high:.3f})")
            took.append(seconds)
        print(f"| `{name}` | {' | '.join(cells)} | {min(took):.1f} |", flush=True)


if __name__ == "__main__":
    main()
