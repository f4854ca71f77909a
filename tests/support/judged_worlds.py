"""A small world with people's grades, a judge's labels and runs of two systems, as tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

__all__ = ["JudgedWorld", "judged_world"]


@dataclass(frozen=True)
class JudgedWorld:
    """People's grade of every item, the judge's label of every item, and two runs."""

    people: pl.DataFrame
    judge: pl.DataFrame
    runs: dict[str, pl.DataFrame]

    def some_people(self, n: int, seed: int = 0) -> pl.DataFrame:
        """Return n of people's grades, each item as likely, with their inclusion."""
        drawn = np.random.default_rng(seed).choice(len(self.people), n, replace=False)
        inclusion = pl.lit(n / len(self.people)).alias("inclusion")
        return self.people.select(pl.all().gather(drawn)).with_columns(inclusion)


def judged_world(
    n_queries: int = 15, n_items: int = 30, *, knows: float = 1.5, favour: float = 0.0, seed: int = 0
) -> JudgedWorld:
    """Return a world of grades 0 to 2.

    Args:
        n_queries: How many queries.
        n_items: Items of each.
        knows: How far the judge's labels follow the worth of an item.
        favour: How far they follow what system ``b`` alone likes, which is nothing to people.
        seed: Of everything.
    """
    rng = np.random.default_rng(seed)
    size = n_queries * n_items
    worth, liked = rng.normal(size=size), rng.normal(size=size)
    ids = {
        "query": [f"q{row // n_items}" for row in range(size)],
        "item": [f"d{row % n_items}" for row in range(size)],
    }
    heard = knows * worth + favour * liked + rng.normal(size=size)
    grades = (worth > 0.3).astype(float) + (worth > 1.2)
    labels = (heard > -0.5).astype(float) + (heard > 0.5) + (heard > 1.5)
    scores = {"a": worth + rng.normal(scale=0.8, size=size), "b": 0.6 * worth + liked}
    return JudgedWorld(
        pl.DataFrame({**ids, "grade": grades}),
        pl.DataFrame({**ids, "grade": labels}),
        {name: pl.DataFrame({**ids, "score": score}) for name, score in scores.items()},
    )
