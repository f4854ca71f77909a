"""What is asked of runs: whose rankings, how deep."""

from __future__ import annotations

import polars as pl

from palate.core.errors import InputError

__all__ = ["first_of_each", "places", "pooled", "with_ranks"]


def with_ranks(runs: pl.DataFrame) -> pl.DataFrame:
    """Return runs with a rank in every row: those without one are ranked by their score.

    Equal scores go by item, the highest first, compared as text, as in :func:`palate.measures.evaluate`.

    Raises:
        InputError: A row has neither rank nor score.

    >>> runs = pl.DataFrame({"system": ["s", "s"], "query": [1, 1], "item": ["a", "b"], "score": [0.1, 0.9]})
    >>> with_ranks(runs)["rank"].to_list()
    [2, 1]
    """
    if "rank" in runs.columns and not runs["rank"].null_count():
        return runs
    known = pl.col("rank") if "rank" in runs.columns else pl.lit(None, dtype=pl.Int64)
    bare = runs.filter(known.is_null())
    if "score" not in runs.columns or bare["score"].null_count():
        row = (
            bare.filter(pl.col("score").is_null()).row(0, named=True)
            if "score" in runs.columns
            else bare.row(0, named=True)
        )
        raise InputError(
            f"Every row of a run needs a rank or a score; item {row['item']} of query {row['query']} of"
            f" {row['system']} has neither.",
            where="runs",
        )
    order = ["system", "query", "score", pl.col("item").cast(pl.String)]
    numbered = runs.with_row_index("row").sort(order, descending=[False, False, True, True])
    by_score = pl.int_range(1, pl.len() + 1).over("system", "query")
    return numbered.with_columns(rank=pl.coalesce(known, by_score)).sort("row").drop("row")


def first_of_each(runs: pl.DataFrame, depth: int) -> pl.DataFrame:
    """Return the first ``depth`` rows of every (system, query), in the order of system, query and rank.

    Rows count, not the numbers in ``rank``: some tools number from 0. Equal ranks go by item.
    """
    ordered = runs.sort("system", "query", "rank", "item")
    return ordered.group_by("system", "query", maintain_order=True).head(depth)


def places(runs: pl.DataFrame, depth: int) -> pl.DataFrame:
    """Return ``first_of_each`` with the column ``place``, the row's number in its ranking, from 1."""
    first = first_of_each(runs, depth)
    return first.with_columns(place=pl.int_range(1, pl.len() + 1).over("system", "query"))


def pooled(runs: pl.DataFrame, depth: int) -> pl.DataFrame:
    """Return the distinct items among the first ``depth`` of any system, columns ``query, item``, sorted."""
    return first_of_each(runs, depth).select("query", "item").unique().sort("query", "item")
