"""From two systems' runs to lists that are ready to be shown."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable, read_table
from palate.core.randomness import Seed, generator
from palate.core.settings import check_counts
from palate.core.tables import ITEM, QUERY, RUNS, Column, Table
from palate.experiments.interleaving.base import Interleaver

__all__ = ["LISTS", "InterleavedLists", "interleave_runs", "rankings_by_query"]

LISTS = Table(
    "interleaved lists",
    (
        Column("list", "id", "one list; impressions in the log say which one they showed"),
        QUERY,
        Column("rank", "integer", "place in the list, from 1", minimum=1),
        ITEM,
        Column("credit", "number", "what a click adds to system less other", minimum=-2, maximum=2),
        Column("system", "id", "the system that positive credit goes to"),
        Column("other", "id", "the system that negative credit goes to"),
    ),
    key=("list", "rank"),
)


@dataclass(frozen=True)
class InterleavedLists:
    """Lists to show, each as likely as it was drawn.

    Args:
        table: Columns ``list, query, rank, item, credit, system, other``; show one of a query's lists, drawn
            at random, at each impression, and keep the number of the list in the log.
        notes: Queries that could not be interleaved.
    """

    table: pl.DataFrame
    notes: tuple[str, ...]


def interleave_runs(
    runs: IntoTable, method: Interleaver, length: int = 10, lists: int = 10, seed: Seed = 0
) -> InterleavedLists:
    """Return ``lists`` lists of each query that both systems rank.

    Lists that are drawn once are shown often, so what lots gave one system would add up. From the credits at each
    rank their mean over the query's lists is taken off: users who click on ranks alone prefer no system, exactly,
    as long as each of a query's lists is shown as likely as the others. Team draft comes with mirror images, where
    there is mostly nothing to take off.

    Args:
        runs: Columns ``system, query, item`` and ``rank`` or ``score``, of exactly two systems.
        method: How to interleave.
        length: How many items are shown.
        lists: How many lists of each query are drawn; the more, the closer to a new draw for each impression.
        seed: For the draws, which for one query do not depend on what other queries there are.

    Raises:
        InputError: There are not exactly two systems, or they have no query in common.
        SettingsError: ``length`` is below 1, or ``lists`` below 2.
    """
    check_counts(length=length)
    if lists < 2:
        raise SettingsError(f"'lists' must be at least 2, for fairness between them; it is {lists}.")
    read = read_table(runs, RUNS)
    systems = read["system"].unique().sort().to_list() if "system" in read.columns else ["run"]
    if len(systems) != 2:
        raise InputError(
            f"Interleaving takes the runs of two systems; there are {len(systems)}: {', '.join(map(str, systems))}.",
            where="runs",
        )
    rankings, schema = rankings_by_query(read), read.schema
    both = sorted(query for query, of in rankings.items() if len(of) == 2)
    if not both:
        raise InputError(f"No query is ranked by both {systems[0]} and {systems[1]}.", where="runs")
    rows: list[tuple[Any, ...]] = []
    for query in both:
        rng = generator(seed, "interleave", query)
        a, b = (rankings[query][system] for system in systems)
        for found in method.draw_several(a, b, length, lists, rng):
            rows.append((len(rows) + 1, query, found.items, found.credits))
    alone = len(rankings) - len(both)
    note = f"{alone:,} of {len(rankings):,} queries are ranked by one system only; they have no lists."
    return InterleavedLists(_table(rows, schema, systems), (note,) if alone else ())


def _table(rows: list[tuple[Any, ...]], schema: pl.Schema, systems: list[Any]) -> pl.DataFrame:
    frame = pl.DataFrame(
        rows,
        schema={
            "list": pl.Int64,
            "query": schema["query"],
            "item": pl.List(schema["item"]),
            "credit": pl.List(pl.Float64),
        },
        orient="row",
    )
    shown = frame.explode("item", "credit").with_columns(
        pl.int_range(1, pl.len() + 1).over("list").alias("rank")
    )
    return shown.select(
        "list",
        "query",
        "rank",
        "item",
        pl.col("credit") - pl.col("credit").mean().over("query", "rank"),
        pl.lit(systems[0]).alias("system"),
        pl.lit(systems[1]).alias("other"),
    )


def rankings_by_query(runs: pl.DataFrame) -> dict[Any, dict[Any, list[Hashable]]]:
    """Return the items of each query and system, best first.

    Raises:
        InputError: A row has neither rank nor score.
    """
    rankings: dict[Any, dict[Any, list[Hashable]]] = {}
    ordered = _ranked(runs).group_by("system", "query", maintain_order=True).agg("item")
    for system, query, items in ordered.iter_rows():
        rankings.setdefault(query, {})[system] = items
    return rankings


def _ranked(runs: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of each ranking, best first; equal scores as trec_eval has them."""
    absent = [pl.lit(None, pl.Float64).alias(name) for name in ("score", "rank") if name not in runs.columns]
    order = (
        pl.when(pl.col("score").is_not_null().all().over("system")).then("score").otherwise(-pl.col("rank"))
    )
    ordered = runs.with_columns(absent).with_columns(order.alias("order"))
    missing = ordered.filter(pl.col("order").is_null())
    if len(missing):
        raise InputError(
            f"Every row of a run needs a rank or a score; {len(missing):,} rows have neither, such as item"
            f" {missing['item'][0]} of query {missing['query'][0]}.",
            where="runs",
        )
    text = pl.col("item").cast(pl.String)
    return ordered.sort("system", "query", "order", text, descending=[False, False, True, True])
