"""Train every recommender on the past and have it rank each user's later items."""

from __future__ import annotations

import polars as pl

from palate.recommend import code_interactions, rank_candidates, recommenders
from palate.study.step import Step, StepContext

__all__ = ["RECOMMEND"]


def run(context: StepContext) -> str:
    """Write ``runs``."""
    settings = context.settings.recommend
    past = code_interactions(context.read("split", "past"))
    candidates = context.read("split", "candidates").select("query", "item")
    runs = []
    for number, name in enumerate(settings.systems):
        recommender = recommenders.create(name, settings.options.get(name))
        fitted = recommender.fit(past, seed=context.seed)
        runs.append(rank_candidates(fitted, past, candidates, system=name))
        context.progress(number + 1, len(settings.systems))
    table = pl.concat(runs)
    context.write("runs", table)
    names = ", ".join(settings.systems)
    return f"{len(settings.systems)} systems ({names}) rank {table['query'].n_unique():,} lists each"


RECOMMEND = Step("recommend", "Recommend", ("split",), ("recommend",), run)
