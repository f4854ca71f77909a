"""How often each system was preferred, a query at a time, from comparisons by people."""

from __future__ import annotations

import polars as pl

from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import COMPARISONS

__all__ = ["win_rates"]


def win_rates(comparisons: IntoTable) -> pl.DataFrame:
    """Return the share of its comparisons that each system won, a query at a time; ties count half.

    Args:
        comparisons: A path or dataframe with ``left, right, label, query``; ``left`` and ``right`` name
            systems, ``label`` is ``left``, ``right`` or ``tie``, or the preferred system itself.

    Returns:
        Columns ``system, query, measure, value``, as ``Evaluation.per_query`` has them; ``measure`` is
        ``WinRate``. Systems have no row for a query in which they were not compared.

    Raises:
        InputError: There is no query, a label is none of these, or a system is compared with itself.

    >>> win_rates(pl.DataFrame({"left": ["als"], "right": ["bpr"], "label": ["tie"], "query": [7]})).rows()
    [('als', 7, 'WinRate', 0.5), ('bpr', 7, 'WinRate', 0.5)]
    """
    table = read_table(comparisons, COMPARISONS)
    if "query" not in table.columns or table["query"].null_count():
        raise InputError(
            "Win rates need the query of every comparison: what both sides were shown for.",
            where="comparisons",
            column="query",
        )
    text = table.select("query", *(pl.col(c).cast(pl.String) for c in ("left", "right", "label")))
    _refuse_rows(text, pl.col("left") == pl.col("right"), "left", "{left} is compared with itself.")
    share = (
        pl.when(pl.col("label") == "tie")
        .then(0.5)
        .when((pl.col("label") == "left") | (pl.col("label") == pl.col("left")))
        .then(1.0)
        .when((pl.col("label") == "right") | (pl.col("label") == pl.col("right")))
        .then(0.0)
    )
    text = text.with_columns(share.alias("share"))
    problem = "The label must be left, right, tie, '{left}' or '{right}'; it is '{label}'."
    _refuse_rows(text, pl.col("share").is_null(), "label", problem)
    sides = pl.concat(
        [
            text.select(system="left", query="query", value="share"),
            text.select(system="right", query="query", value=1.0 - pl.col("share")),
        ]
    )
    rates = sides.group_by("system", "query").agg(pl.col("value").mean()).sort("system", "query")
    return rates.select("system", "query", pl.lit("WinRate").alias("measure"), "value")


def _refuse_rows(text: pl.DataFrame, bad: pl.Expr, column: str, problem: str) -> None:
    rows = text.with_row_index("row", offset=1).filter(bad)
    if len(rows):
        first = rows.row(0, named=True)
        raise InputError(problem.format(**first), where="comparisons", row=first["row"], column=column)
