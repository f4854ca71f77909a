"""Names of tasks, made of what they ask, so that the same question has the same name in every run."""

from __future__ import annotations

import polars as pl

__all__ = ["graded_tasks", "pair_tasks"]


def graded_tasks(asked: pl.DataFrame, inclusion: float) -> pl.DataFrame:
    """Return tasks ``g-<query>-<item>`` in the order of query and item.

    Args:
        asked: Distinct rows, columns ``query, item``.
        inclusion: The probability with which each was taken.

    >>> graded_tasks(pl.DataFrame({"query": ["red-shoe"], "item": ["B-7"]}), 1.0)["task"].to_list()
    ['g-red%2Dshoe-B-7']
    """
    return asked.sort("query", "item").select(
        _name("g", "query", "item").alias("task"), "query", "item", pl.lit(inclusion).alias("inclusion")
    )


def pair_tasks(asked: pl.DataFrame, inclusion: float) -> pl.DataFrame:
    """Return tasks ``p-<query>-<left>-<right>`` in the order of the rows, with their further columns.

    Args:
        asked: Distinct rows, columns ``query, left, right``.
        inclusion: The probability with which each was taken.
    """
    named = asked.with_columns(
        _name("p", "query", "left", "right").alias("task"), pl.lit(inclusion).alias("inclusion")
    )
    first = ["task", "query", "left", "right", "inclusion"]
    return named.select(*first, *(name for name in asked.columns if name not in first))


def _name(kind: str, *columns: str) -> pl.Expr:
    """Join ids by hyphens; those within all ids but the last are escaped, so that no two names meet."""
    texts = [pl.col(name).cast(pl.String) for name in columns]
    escaped = [
        text.str.replace_all("%", "%25", literal=True).str.replace_all("-", "%2D", literal=True)
        for text in texts[:-1]
    ]
    return pl.concat_str([pl.lit(kind), *escaped, texts[-1]], separator="-")
