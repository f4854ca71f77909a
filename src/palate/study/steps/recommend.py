"""Train every recommender on the past and have it rank each user's later items."""

from __future__ import annotations

import polars as pl

from palate.recommend import code_interactions, rank_candidates, recommenders, with_items
from palate.study.step import Step, StepContext

__all__ = ["RECOMMEND"]


def run(context: StepContext) -> str:
    """Write ``runs``."""
    settings = context.settings.recommend
    past = code_interactions(context.read("split", "past"))
    candidates = context.read("split", "candidates").select("query", "item")
    chosen = {name: recommenders.create(name, settings.options.get(name)) for name in settings.systems}
    described = past
    if any(recommender.needs_items for recommender in chosen.values()):
        described = with_items(past, context.read("read", "items"))
    runs = []
    for number, (name, recommender) in enumerate(chosen.items()):
        coded = described if recommender.needs_items else past
        fitted = recommender.fit(coded, seed=context.seed)
        runs.append(rank_candidates(fitted, coded, candidates, system=name))
        context.progress(number + 1, len(settings.systems))
    table = pl.concat(runs)
    context.write("runs", table)
    names = ", ".join(settings.systems)
    return f"{len(settings.systems)} systems ({names}) rank {table['query'].n_unique():,} lists each"


RECOMMEND = Step("recommend", "Recommend", ("read", "split"), ("recommend",), run)
