"""Means of values a query, with intervals, for values that did not come from ``evaluate``."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from palate.core.errors import InputError
from palate.core.frames import IntoTable, like, read_table
from palate.core.randomness import Seed
from palate.core.resampling import check_resampling, middle_bounds, resampled_means
from palate.core.tables import QUERY, Column, Table
from palate.measures._accumulate import ValueSums
from palate.measures.base import FloatArray
from palate.measures.registry import measure_registry

__all__ = ["summarize_values", "value_and_bounds"]

_VALUES = Table(
    "values",
    (
        Column("system", "id", "what was measured"),
        QUERY,
        Column("measure", "id", "what it was measured by"),
        Column("value", "number", "the value of the query"),
    ),
    key=("system", "query", "measure"),
)


def summarize_values(
    values: IntoTable, *, confidence: float = 0.95, resamples: int = 2000, seed: Seed = 0
) -> Any:
    """Return the mean of every system's values and its bootstrap interval over queries, as ``evaluate`` does.

    Of counts (NumQ, NumRel, NumRet) it is the sum, without an interval.

    Args:
        values: A path or dataframe with ``system, query, measure, value``; all systems and measures have values of
            the same queries.
        confidence: Of the intervals, in (0, 1).
        resamples: How many samples of the queries the intervals rest on.
        seed: Of those samples.

    Returns:
        Columns ``system, measure, value, low, high, queries``, in the kind of dataframe that the values came in; no
        bounds (null) where there is one query only.

    Raises:
        InputError: A table is not what it should be, or a system lacks a query.
        SettingsError: ``confidence`` or ``resamples`` is out of range.

    >>> values = pl.DataFrame({"system": "als", "query": [1, 2], "measure": "RR", "value": [1.0, 0.5]})
    >>> summarize_values(values).select("system", "measure", "value", "queries").rows()
    [('als', 'RR', 0.75, 2)]
    """
    check_resampling(resamples, confidence)
    table = read_table(values, _VALUES)
    groups = table.group_by("system", "measure", maintain_order=True).agg(pl.col("value").sort_by("query"))
    counts = groups["value"].list.len()
    n_queries = table["query"].n_unique()
    if (counts < n_queries).any():
        system, measure, found = groups.row(int(counts.arg_min() or 0))
        raise InputError(
            f"There are {n_queries:,} queries; {system} has values of {len(found):,} of them by {measure}. Give a value"
            " for every query.",
            where="values",
        )
    flat = np.array(groups["value"].to_list(), dtype=np.float64)
    draws = resampled_means(flat, resamples, seed)
    counts_of = {measure.name for measure in measure_registry if measure.adds_up}
    found = [
        value_and_bounds(row, of_row, confidence, adds_up=text.partition("(")[0] in counts_of)
        for row, of_row, text in zip(flat, draws, groups["measure"].cast(pl.String), strict=True)
    ]
    value, low, high = zip(*found, strict=True)
    summary = groups.with_columns(
        value=pl.Series(value),
        low=pl.Series(low, dtype=pl.Float64),
        high=pl.Series(high, dtype=pl.Float64),
        queries=pl.lit(n_queries, dtype=pl.Int64),
    )
    return like(values, summary)


def value_and_bounds(
    values: FloatArray, draws: FloatArray, confidence: float, *, adds_up: bool
) -> tuple[float, float | None, float | None]:
    """Return what summaries say of values: the mean and its bounds, or the sum of counts.

    Args:
        values: One a query.
        draws: Means over resampled queries.
        confidence: Of the bounds; there are none of one query, nor of a sum.
        adds_up: Whether the values are counts.
    """
    sums = ValueSums.of(values)
    if adds_up:
        return float(sums.total), None, None
    return (sums.mean, *(middle_bounds(draws, confidence) if len(values) > 1 else (None, None)))
