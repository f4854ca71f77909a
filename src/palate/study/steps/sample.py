"""Sample what to ask: graded tasks, side-by-side pairs, and golden tasks whose answer is known."""

from __future__ import annotations

import polars as pl

from palate.core.randomness import generator
from palate.sampling import DepthPool, SideBySide
from palate.study.step import Step, StepContext

__all__ = ["SAMPLE"]


def run(context: StepContext) -> str:
    """Write ``tasks``, ``pairs`` and ``golden``; inclusion counts the sampling of users and of tasks."""
    settings = context.settings.sample
    runs = context.read("recommend", "runs")
    queries = context.read("split", "queries")
    tasks = _with_query_inclusion(DepthPool(depth=settings.depth).sample(runs, context.seed), queries)
    sampler = SideBySide(pairs=settings.pairs, depth=settings.pair_depth)
    pairs = _with_query_inclusion(sampler.sample(runs, context.seed), queries)
    golden = _golden(context)
    context.write("tasks", tasks)
    context.write("pairs", pairs)
    context.write("golden", golden)
    return f"{len(tasks):,} graded tasks, {len(pairs):,} side-by-side pairs, {len(golden):,} golden tasks"


def _with_query_inclusion(tasks: pl.DataFrame, queries: pl.DataFrame) -> pl.DataFrame:
    of_query = queries.select("query", pl.col("inclusion").alias("query_inclusion"))
    return (
        tasks.join(of_query, on="query", how="left", maintain_order="left")
        .with_columns(pl.col("inclusion") * pl.col("query_inclusion"))
        .drop("query_inclusion")
    )


def _golden(context: StepContext) -> pl.DataFrame:
    """Draw golden tasks from the users' past, as many of each grade as there are, so that guessing shows."""
    wanted = context.settings.ask.golden_tasks
    known = context.read("split", "known")
    order = generator(context.seed, "golden").permutation(len(known))
    mixed = known.with_row_index("row").with_columns(pl.Series("order", order)).sort("order")
    balanced = mixed.with_columns(pl.int_range(pl.len()).over("grade").alias("turn")).sort("turn", "order")
    return balanced.head(wanted).select(
        pl.format("golden-{}", "row").alias("task"),
        "query",
        "item",
        pl.col("grade").cast(pl.String).alias("label"),
    )


SAMPLE = Step("sample", "Sample tasks", ("split", "recommend"), ("sample", "ask"), run)
