"""``palate sample``: choose what people are asked."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from palate.cli._options import Json, Output, Runs, Seed, Settings, naming, parse_settings

if TYPE_CHECKING:
    import polars as pl

    from palate.sampling import Sampler

__all__ = ["sample"]


_Sampler = Annotated[
    str,
    typer.Option(
        "--sampler",
        help="Graded tasks: depth-pool, stratified, importance, uniform, move-to-front. Pairs of systems:"
        " side-by-side. Pairs of items: all-pairs, k-regular, adjacent-ranks, swiss, active-pairs.",
    ),
]
_Budget = Annotated[
    str | None, typer.Option("--budget", help="Dollars to spend; says how many tasks.", show_default=False)
]
_Price = Annotated[
    str | None, typer.Option("--price", help="Dollars for a page of answers.", show_default=False)
]
_TasksOnPage = Annotated[int, typer.Option("--page", min=1, help="Tasks on a page.")]
_Overlap = Annotated[int, typer.Option("--overlap", min=1, help="Answers a task.")]
_Found = Annotated[
    str | None,
    typer.Option(
        "--found",
        help="What was found so far: judgments (for move-to-front) or comparisons (for swiss, active-pairs).",
        show_default=False,
    ),
]
_Queries = Annotated[
    str | None,
    typer.Option(
        "--queries", help="Queries with their traffic, to draw --query-count from.", show_default=False
    ),
]
_QueryCount = Annotated[
    int | None,
    typer.Option("--query-count", min=1, help="How many queries to draw first.", show_default=False),
]
_Allocation = Annotated[
    str,
    typer.Option(
        "--allocation", help="Queries of head, torso and tail: proportional, traffic, sqrt or neyman."
    ),
]
_Frame = Annotated[
    Path | None,
    typer.Option("--frame", help="Write all that could be drawn, with its inclusion.", show_default=False),
]


def sample(
    runs: Runs,
    *,
    sampler: _Sampler = "depth-pool",
    settings: Settings = None,
    budget: _Budget = None,
    price: _Price = None,
    page: _TasksOnPage = 1,
    overlap: _Overlap = 1,
    found: _Found = None,
    queries: _Queries = None,
    query_count: _QueryCount = None,
    allocation: _Allocation = "neyman",
    frame: _Frame = None,
    seed: Seed = 0,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Choose tasks from runs, each with the probability with which it was taken.

    Samplers that choose by answers (move-to-front, swiss, active-pairs) give one round; give what was found
    to get the next one. With --query-count, queries are drawn first, by traffic if --queries tells it.

    Examples:

        palate sample --run a.trec --run b.trec --set depth=10 -o tasks.csv

        palate sample --run a.trec --run b.trec --sampler importance --budget 60 --price 0.05 --page 10 --overlap 3 -o tasks.csv

        palate sample --run a.trec --run b.trec --sampler stratified --set strata=[3,10,30] --set count=500 -o tasks.csv

        palate sample --run a.trec --run b.trec --queries traffic.csv --query-count 100 -o tasks.csv

        palate sample --run a.trec --run b.trec --sampler side-by-side --set pairs=200 -o pairs.csv

        palate sample --run a.trec --sampler active-pairs --found comparisons.csv --budget 5 --price 0.05 -o pairs.csv
    """
    from palate.cli._output import save, say, show_json, show_table
    from palate.measures import read_runs
    from palate.sampling._rankings import with_ranks

    cost = None if price is None else _dollars(price, "--price") * overlap / page
    most = None if budget is None else _affordable(_dollars(budget, "--budget"), cost)
    method = _method(sampler, parse_settings(settings), most)
    ranked = with_ranks(read_runs(runs))
    drawn = _drawn_queries(ranked, queries, query_count, allocation, seed)
    if drawn is not None:
        ranked = ranked.join(drawn, on="query", how="semi")
    if frame is not None:
        save(_frame(method, sampler, ranked), frame, "items that can be drawn")
    with naming(judgments=found, comparisons=found):
        tasks = _tasks(method, sampler, ranked, found, seed)
    _refuse_above(len(tasks), most, sampler, budget, cost)
    if drawn is not None:
        tasks = _with_queries(tasks, drawn)
    if output is not None:
        save(tasks, output, "tasks")
    elif as_json:
        show_json(tasks)
    else:
        show_table(tasks, f"{len(tasks):,} tasks by {sampler}")
    say(_summary(tasks, cost, overlap))


def _dollars(text: str, option: str) -> Decimal:
    from decimal import InvalidOperation

    from palate.core.errors import SettingsError

    try:
        dollars = Decimal(text)
    except InvalidOperation as error:
        raise SettingsError(f"{option} takes dollars, such as 0.05; it got '{text}'.") from error
    if not (dollars.is_finite() and dollars > 0):
        raise SettingsError(f"{option} must be above 0; it is {text}.")
    return dollars


def _affordable(budget: Decimal, cost: Decimal | None) -> int:
    """Return how many tasks the money buys."""
    from palate.core.errors import SettingsError

    if cost is None:
        raise SettingsError(
            "--budget needs --price, the dollars for a page of answers (of --page tasks; one by default)."
        )
    tasks = int(budget / cost)
    if tasks < 1:
        raise SettingsError(
            f"${budget} buys no task: one costs ${cost:f}. Raise --budget, or lower --overlap."
        )
    return tasks


def _method(name: str, settings: dict[str, Any], most: int | None) -> Sampler:
    """Return the sampler; a budget sets how many tasks it takes, if it has a setting for that."""
    from palate.core.errors import SettingsError
    from palate.sampling import samplers

    counted = samplers.get(name).counted
    if most is not None and counted is not None and settings.get("shares") is None:
        given = [setting for setting in (counted, "share") if setting in settings]
        if given:
            raise SettingsError(
                f"Give --budget or --set {given[0]}=…, not both: each says how many tasks to take."
            )
        settings = {**settings, counted: most}
    return samplers.create(name, settings)


def _drawn_queries(
    runs: pl.DataFrame, queries: str | None, count: int | None, allocation: str, seed: int
) -> pl.DataFrame | None:
    """Return the drawn queries, ``query, query_inclusion`` and what is known of them; None if all are taken."""
    import polars as pl

    from palate.core.errors import InputError, SettingsError
    from palate.core.frames import read_table
    from palate.sampling import sample_by_traffic, sample_queries
    from palate.sampling._query_strata import QUERIES

    if count is None:
        if queries is not None:
            raise SettingsError("--queries needs --query-count, how many to draw.")
        return None
    if queries is None:
        some, inclusion = sample_queries(runs["query"], count, seed)
        return pl.DataFrame({"query": some}).with_columns(query_inclusion=pl.lit(inclusion))
    table = read_table(queries, QUERIES).with_columns(
        pl.col("query").cast(runs.schema["query"], strict=False)
    )
    known = table.join(runs, on="query", how="semi")
    if known.is_empty():
        raise InputError("None of the queries is in the runs.", where=queries)
    drawn = sample_by_traffic(known, count, allocation=allocation, seed=seed)  # type: ignore[arg-type]  # checked there
    found: pl.DataFrame = drawn.rename({"stratum": "query_stratum", "inclusion": "query_inclusion"})
    return found


def _frame(method: Sampler, name: str, runs: pl.DataFrame) -> pl.DataFrame:
    from palate.core.errors import SettingsError
    from palate.sampling import FrameSampler

    if not isinstance(method, FrameSampler):
        raise SettingsError(
            f"--frame is for samplers that know the inclusion of all items beforehand; {name} does not."
        )
    return method.frame(runs)


def _tasks(method: Sampler, name: str, runs: pl.DataFrame, found: str | None, seed: int) -> pl.DataFrame:
    from palate.core.errors import SettingsError
    from palate.core.frames import read_table
    from palate.core.tables import COMPARISONS, JUDGMENTS
    from palate.sampling import MoveToFront, RoundSampler

    if found is None:
        return method.sample(runs, seed)
    if not isinstance(method, RoundSampler):
        raise SettingsError(f"--found is for samplers that choose by answers; {name} does not.")
    table = JUDGMENTS if isinstance(method, MoveToFront) else COMPARISONS
    return method.next_tasks(runs, read_table(found, table), seed)


def _refuse_above(tasks: int, most: int | None, name: str, budget: str | None, cost: Decimal | None) -> None:
    from palate.core.errors import SettingsError

    if most is not None and cost is not None and tasks > most:
        raise SettingsError(
            f"{name} takes {tasks:,} tasks, which cost ${tasks * cost:,.2f}; ${budget} buys {most:,}. Lower its depth, or"
            " use a sampler that takes as many as you say, such as importance, stratified, uniform or all-pairs."
        )


def _with_queries(tasks: pl.DataFrame, drawn: pl.DataFrame) -> pl.DataFrame:
    """Return tasks with what is known of their queries; their inclusion becomes that of query and item together."""
    import polars as pl

    joined = tasks.join(drawn, on="query", maintain_order="left")
    if "inclusion" not in tasks.columns:
        return joined
    return joined.with_columns(inclusion=pl.col("inclusion") * pl.col("query_inclusion"))


def _summary(tasks: pl.DataFrame, cost: Decimal | None, overlap: int) -> str:
    from palate.cli._output import counted

    n_queries = tasks["query"].n_unique()
    text = f"{counted(len(tasks), 'task')} for {n_queries:,} quer{'y' if n_queries == 1 else 'ies'}"
    if "inclusion" in tasks.columns and len(tasks):
        ends = dict.fromkeys(f"{end(tasks['inclusion'].to_numpy()):.3g}" for end in (min, max))
        text += f", inclusion {' to '.join(ends)}"
    if cost is None:
        return f"{text}."
    answers = counted(len(tasks) * overlap, "answer")
    return f"{text}; {answers} for ${len(tasks) * cost:,.2f}."
