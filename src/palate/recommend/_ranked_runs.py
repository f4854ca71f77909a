"""Runs as checked tables whose ranks count from 1 without gaps, whatever came."""

from __future__ import annotations

import polars as pl

from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import RUNS

__all__ = ["id_matches", "ranked_again", "read_ranked", "require_scores"]

_RANKING = ("system", "query")


def read_ranked(runs: IntoTable, where: str = "runs") -> pl.DataFrame:
    """Return runs in the order of system, query and rank, ranks from 1 without gaps.

    A system that scores all its rows is ordered by score, as :func:`palate.measures.evaluate` does, and its own ranks
    decide between equal scores; a system without scores is ordered by its ranks. What is still equal goes by item.

    Args:
        runs: A dataframe or a path. Without a column ``system`` it holds one system, called ``run``.
        where: What errors call it.

    Returns:
        Columns ``system, query, item, rank, score``, then what else came. ``score`` is missing (null) throughout
        for a system without scores.

    Raises:
        InputError: It is no table of runs, or a system has neither scores nor ranks in all its rows.

    >>> read_ranked(pl.DataFrame({"query": [1, 1], "item": ["a", "b"], "score": [0.1, 0.9]})).rows()
    [('run', 1, 'b', 1, 0.9), ('run', 1, 'a', 2, 0.1)]
    """
    table = read_table(runs, RUNS, where=where)
    if "system" not in table.columns:
        table = table.with_columns(pl.lit("run").alias("system"))
    table = table.with_columns(
        (pl.lit(None, dtype=dtype).alias(name))
        for name, dtype in (("rank", pl.Int64), ("score", pl.Float64))
        if name not in table.columns
    )
    unscored = pl.col("score").is_null().any().over("system")
    table = table.with_columns(pl.when(~unscored).then("score").alias("score"))
    bare = table.filter(pl.col("score").is_null() & pl.col("rank").is_null())
    if len(bare):
        row = bare.row(0, named=True)
        raise InputError(
            f"A system needs a score in all its rows, or a rank in all; item {row['item']} of query {row['query']} of"
            f" '{row['system']}' has no rank, and the system does not score all its rows.",
            where=where,
        )
    ordered = table.sort(*_RANKING, "score", "rank", "item", descending=[False, False, True, False, False])
    return ranked_again(ordered)


def ranked_again(ordered: pl.DataFrame) -> pl.DataFrame:
    """Return rows that are in the order of their rankings with ranks from 1 without gaps."""
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(*_RANKING)
    named = ("system", "query", "item", "rank", "score")
    return ordered.with_columns(rank=rank).select(*named, pl.exclude(*named))


def require_scores(ranked: pl.DataFrame, what: str, instead: str, where: str = "runs") -> None:
    """Refuse ranked runs of which a system has no scores.

    Args:
        ranked: As :func:`read_ranked` returns them.
        what: What needs scores, as a sentence begins.
        instead: What to do, as a sentence.
        where: What errors call the runs.

    Raises:
        InputError: A system has none.
    """
    without = ranked.filter(pl.col("score").is_null())["system"].unique().sort().to_list()
    if without:
        names = ", ".join(f"'{name}'" for name in without)
        raise InputError(
            f"{what} needs the scores of all systems; {names} has none in some rows or at all. {instead}",
            where=where,
        )


def id_matches(column: pl.Series, ids: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return two columns of ids as they can be joined: as they are, or both as text.

    >>> [found.to_list() for found in id_matches(pl.Series([7]), pl.Series(["7"]))]
    [['7'], ['7']]
    """
    if column.dtype == ids.dtype:
        return column, ids
    return column.cast(pl.String), ids.cast(pl.String)
