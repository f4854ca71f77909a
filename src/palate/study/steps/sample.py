"""Sample what to ask: graded tasks, side-by-side pairs, and golden tasks whose answer is known."""

from __future__ import annotations

import polars as pl

from palate.core.randomness import generator
from palate.sampling import DepthPool, SideBySide
from palate.study.repeated_pairs import with_earlier
from palate.study.rounds import best_system, newcomer, ranked_by_all, rounds_of
from palate.study.step import Step, StepContext, in_round

__all__ = ["sample_step"]


def run(context: StepContext) -> str:
    """Write ``tasks``, ``pairs`` and ``golden``; inclusion counts the sampling of users and of tasks.

    After the first round, ``tasks`` are those of the newest ranker's first items that no earlier round asked
    about, and ``pairs`` are of that ranker and the best system before it. ``asked`` says of a pair whether
    people see it: after the first round, two lists that are the same are a tie without asking, and two lists
    that an earlier round showed keep that judgment.
    """
    settings = context.settings.sample
    runs, queries = ranked_by_all(context), context.read("split", "queries")
    pooled = compared = runs
    if context.round > 1:
        pooled = runs.filter(pl.col("system") == newcomer(context))
        against = best_system(context, context.round - 1)
        compared = runs.filter(pl.col("system").is_in([newcomer(context), against]))
    tasks = _with_query_inclusion(DepthPool(depth=settings.depth).sample(pooled, context.seed), queries)
    for number in range(1, context.round):
        asked_before = context.read("sample", "tasks", number)
        tasks = tasks.join(asked_before, on="task", how="anti", maintain_order="left")
    sampler = SideBySide(pairs=settings.pairs, depth=settings.pair_depth)
    pairs = _with_query_inclusion(sampler.sample(compared, context.seed), queries)
    pairs = _with_asked(context, pairs, runs)
    golden = _golden(context, needed=len(tasks) > 0)
    context.write("tasks", tasks)
    context.write("pairs", pairs)
    context.write("golden", golden)
    return _in_words(context, tasks, pairs, golden)


def _with_asked(context: StepContext, pairs: pl.DataFrame, runs: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs with ``same_as, turned, asked``: which of them people need not see."""
    if context.round == 1:
        nothing = pl.lit(None, dtype=pl.String)
        return pairs.with_columns(same_as=nothing, turned=pl.lit(value=False), asked=pl.lit(value=True))
    numbers = range(1, context.round)
    earlier = pl.concat([context.read("sample", "pairs", number).filter("asked") for number in numbers])
    found = with_earlier(pairs, earlier, runs, context.settings.sample.pair_depth)
    return found.with_columns(asked=~pl.col("identical") & pl.col("same_as").is_null())


def _in_words(context: StepContext, tasks: pl.DataFrame, pairs: pl.DataFrame, golden: pl.DataFrame) -> str:
    count = int(pairs["asked"].sum())
    if not len(tasks) and not count:
        return (
            f"Nothing to ask: {newcomer(context)} shows nothing that is not judged, and the same lists as"
            f" {best_system(context, context.round - 1)}"
        )
    new = "" if context.round == 1 else "new "
    return (
        f"{len(tasks):,} {new}graded tasks, {count:,} {new}side-by-side pairs, {len(golden):,} golden tasks"
    )


def _with_query_inclusion(tasks: pl.DataFrame, queries: pl.DataFrame) -> pl.DataFrame:
    of_query = queries.select("query", pl.col("inclusion").alias("query_inclusion"))
    return (
        tasks.join(of_query, on="query", how="left", maintain_order="left")
        .with_columns(pl.col("inclusion") * pl.col("query_inclusion"))
        .drop("query_inclusion")
    )


def _golden(context: StepContext, *, needed: bool) -> pl.DataFrame:
    """Draw golden tasks from the users' past, as many of each grade as there are, so that guessing shows.

    Every round takes the next ones of the same order: nobody meets one of an earlier round again.
    """
    wanted = context.settings.ask.golden_tasks if needed else 0
    known = context.read("split", "known")
    order = generator(context.seed, "golden").permutation(len(known))
    mixed = known.with_row_index("row").with_columns(pl.Series("order", order)).sort("order")
    balanced = mixed.with_columns(pl.int_range(pl.len()).over("grade").alias("turn")).sort("turn", "order")
    taken = (context.round - 1) * context.settings.ask.golden_tasks
    return balanced.slice(taken, wanted).select(
        pl.format("golden-{}", "row").alias("task"),
        "query",
        "item",
        pl.col("grade").cast(pl.String).alias("label"),
    )


def sample_step(number: int) -> Step:
    """Return the step of a round, from 1."""
    title = "Sample tasks" if number == 1 else "Sample what the new ranker changed"
    needs: tuple[str, ...] = ("split", "recommend")
    if number > 1:
        before = number - 1
        needs += (*rounds_of("sample", before), *rounds_of("learn", before, "runs.parquet"))
        needs += (f"{in_round('evaluate', before)}/per_query.parquet",)
    sections: tuple[str, ...] = ("sample", "ask") if number == 1 else ("sample", "ask", "learn", "evaluate")
    return Step(in_round("sample", number), title, needs, sections, run, round=number)
