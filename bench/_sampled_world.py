"""Queries whose items are all judged, so that samples of their judgments can be held against the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from palate.core.randomness import Seed, generator

__all__ = ["World", "make_world"]


@dataclass(frozen=True)
class World:
    """Two systems over queries that differ in how much is relevant.

    Args:
        runs: Columns ``system, query, item, rank, score``.
        judgments: Columns ``query, item, grade``, of every item.
    """

    runs: pl.DataFrame
    judgments: pl.DataFrame

    def some(self, queries: list[int]) -> World:
        """Return the part that is about these queries."""
        return World(
            self.runs.filter(pl.col("query").is_in(queries)),
            self.judgments.filter(pl.col("query").is_in(queries)),
        )


def make_world(n_queries: int, n_items: int = 60, edge: float = 0.3, seed: Seed = 0) -> World:
    """Return a world in which system ``b`` sees relevance less clearly than ``a`` does.

    Args:
        n_queries: How many queries.
        n_items: Items of each, all ranked by both systems.
        edge: By how much more noise ``b`` has; 0 makes both alike.
        seed: For all of it.
    """
    rng = generator(seed, "sampled world")
    worth = rng.normal(size=(n_queries, n_items))
    bars = rng.normal(1.0, 0.5, size=(n_queries, 1))
    grades = (worth > bars).astype(float) + (worth > bars + 0.7) + (worth > bars + 1.4)
    queries, items = np.repeat(np.arange(n_queries), n_items), np.tile(np.arange(n_items), n_queries)
    runs = []
    for system, noise in (("a", 0.7), ("b", 0.7 + edge)):
        seen = worth + rng.normal(scale=noise, size=worth.shape)
        ranks = (-seen).argsort(axis=1).argsort(axis=1) + 1
        runs.append(
            pl.DataFrame(
                {"query": queries, "item": items, "rank": ranks.ravel(), "score": seen.ravel()}
            ).select(pl.lit(system).alias("system"), "query", "item", "rank", "score")
        )
    judgments = pl.DataFrame({"query": queries, "item": items, "grade": grades.ravel()})
    return World(pl.concat(runs), judgments)
