"""Names of tasks, made of what they ask, so that the same question has the same name in every run."""

from __future__ import annotations

import polars as pl

__all__ = ["graded_tasks", "pair_tasks"]


def graded_tasks(asked: pl.DataFrame, inclusion: float | None = None) -> pl.DataFrame:
    """Return tasks ``g-<query>-<item>`` in the order of query and item, with their further columns.

    Args:
        asked: Distinct rows, columns ``query, item`` and, where they differ or are known to none, ``inclusion``.
        inclusion: The probability with which each was taken, where it is the same for all.

    >>> graded_tasks(pl.DataFrame({"query": ["red-shoe"], "item": ["B-7"]}), 1.0)["task"].to_list()
    ['g-red%2Dshoe-B-7']
    """
    named = asked.sort("query", "item").with_columns(_name("g", "query", "item").alias("task"))
    return _in_order(named, ["task", "query", "item"], inclusion)


def pair_tasks(asked: pl.DataFrame, inclusion: float | None = None) -> pl.DataFrame:
    """Return tasks ``p-<query>-<left>-<right>`` in the order of the rows, with their further columns.

    Args:
        asked: Distinct rows, columns ``query, left, right`` and, where they differ or are known to none, ``inclusion``.
        inclusion: The probability with which each was taken, where it is the same for all.
    """
    named = asked.with_columns(_name("p", "query", "left", "right").alias("task"))
    return _in_order(named, ["task", "query", "left", "right"], inclusion)


def _in_order(named: pl.DataFrame, first: list[str], inclusion: float | None) -> pl.DataFrame:
    if inclusion is not None:
        named = named.with_columns(pl.lit(inclusion).alias("inclusion"))
    if "inclusion" in named.columns:
        first = [*first, "inclusion"]
    return named.select(*first, *(name for name in named.columns if name not in first))


def _name(kind: str, *columns: str) -> pl.Expr:
    """Join ids by hyphens; those within all ids but the last are escaped, so that no two names meet."""
    texts = [pl.col(name).cast(pl.String) for name in columns]
    escaped = [
        text.str.replace_all("%", "%25", literal=True).str.replace_all("-", "%2D", literal=True)
        for text in texts[:-1]
    ]
    return pl.concat_str([pl.lit(kind), *escaped, texts[-1]], separator="-")
