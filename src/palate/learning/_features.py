"""What a ranker learns from: what the systems say of an item, and what the past says of it and its user."""

from __future__ import annotations

import numpy as np
import polars as pl

from palate.core.coding import Codes, encode, encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import INTERACTIONS, RUNS
from palate.learning.base import FloatArray

__all__ = ["INTERACTION_FEATURES", "SYSTEM_FEATURES", "feature_names", "feature_table"]

SYSTEM_FEATURES = {
    "score": "the system's score, less the mean over the query and in its standard deviations; missing"
    " where the system does not rank the item",
    "reciprocal_rank": "1 / rank; 0 where the system does not rank the item",
}
"""Features of each system, named such as ``score(als)``, and what they mean."""

INTERACTION_FEATURES = {
    "item_interactions": "ln(1 + how many interactions the item has)",
    "item_mean_value": "mean value of the item's interactions, shrunk to the mean of all",
    "user_interactions": "ln(1 + how many interactions the user has)",
    "user_mean_value": "mean value of the user's interactions, shrunk to the mean of all",
    "item_over_user": "item_mean_value less user_mean_value",
}
"""Features from past interactions, where they are given, and what they mean."""

_SHRINKAGE = 5.0
"""Interactions of average value that each mean is mixed with, so that one opinion is not a mean."""


def feature_table(runs: IntoTable, interactions: IntoTable | None = None) -> pl.DataFrame:
    """Return the features of every (query, item) that any system ranks, sorted by them.

    Args:
        runs: A dataframe or a path, columns ``query, item, rank`` and, if known, ``system, score``.
        interactions: Past interactions, columns ``user, item`` and, if known, ``value``; queries are users.
            Give only what was known when the runs were made: the future must not leak into features.

    Returns:
        ``query, item`` and the features of :data:`SYSTEM_FEATURES` for each system (``score`` only where
        the runs have scores) and of :data:`INTERACTION_FEATURES`, float64, null where unknown.

    Raises:
        InputError: A table is not as said, or a ranked item has neither rank nor score.
    """
    frame = _ranked(read_table(runs, RUNS))
    table = frame.select("query", "item").unique().sort("query", "item")
    for system in frame["system"].unique().sort():
        of_system = _system_features(frame.filter(pl.col("system") == system), str(system))
        table = table.join(of_system, on=["query", "item"], how="left", maintain_order="left")
        rank = f"reciprocal_rank({system})"
        table = table.with_columns(pl.col(rank).fill_null(0.0))
    if interactions is None:
        return table
    return _with_interactions(table, read_table(interactions, INTERACTIONS))


def feature_names(table: pl.DataFrame) -> tuple[str, ...]:
    """Return the names of a feature table's features, in the order of its columns."""
    return tuple(name for name in table.columns if name not in {"query", "item"})


def _ranked(runs: pl.DataFrame) -> pl.DataFrame:
    """Return runs with a system and with ranks from 1 in each ranking: those given, else by score."""
    if "system" not in runs.columns:
        runs = runs.with_columns(pl.lit("run").alias("system"))
    given = [name for name in ("rank", "score") if name in runs.columns]
    whole = [name for name in given if runs[name].null_count() == 0]
    if not whole:
        raise InputError("Runs need a rank or a score in every row.", where="runs")
    best_first = pl.col("rank") if "rank" in whole else -pl.col("score")
    place = pl.int_range(1, pl.len() + 1).over("system", "query")
    ordered = runs.sort("system", "query", best_first, "item").with_columns(place.alias("rank"))
    return ordered if "score" in whole else ordered.drop("score", strict=False)


def _system_features(run: pl.DataFrame, system: str) -> pl.DataFrame:
    features = [(1.0 / pl.col("rank")).alias(f"reciprocal_rank({system})")]
    if "score" in run.columns:
        score = pl.col("score")
        spread = score.std(ddof=0).over("query")
        centred = score - score.mean().over("query")
        standard = pl.when(spread > 0).then(centred / spread).otherwise(0.0)
        features.insert(0, standard.alias(f"score({system})"))
    return run.select("query", "item", *features)


def _with_interactions(table: pl.DataFrame, past: pl.DataFrame) -> pl.DataFrame:
    missing = pl.Series("value", [None] * len(past), dtype=pl.Float64)
    values = past.get_column("value", default=missing).fill_null(np.nan).to_numpy()
    overall = float(np.nanmean(values)) if np.isfinite(values).any() else 1.0
    for side, key in (("item", "item"), ("user", "query")):
        counts, means = _of_each(table[key], encode(past[side]), values, overall)
        table = table.with_columns(
            pl.Series(f"{side}_interactions", np.log1p(counts)), pl.Series(f"{side}_mean_value", means)
        )
    difference = pl.col("item_mean_value") - pl.col("user_mean_value")
    return table.with_columns(difference.alias("item_over_user"))


def _of_each(
    wanted: pl.Series, past: Codes, values: FloatArray, overall: float
) -> tuple[FloatArray, FloatArray]:
    """Return how many interactions each wanted id has, and their shrunk mean value."""
    # Summed in the order of rows: a data frame's parallel sums differ in the last bit between machines.
    valued = np.isfinite(values)
    counts = np.bincount(past.codes).astype(np.float64)
    sums = np.bincount(past.codes, weights=np.where(valued, values, 0.0))
    numbers = np.bincount(past.codes, weights=valued)
    means = (sums + _SHRINKAGE * overall) / (numbers + _SHRINKAGE)
    at = encode_like(wanted.cast(past.values.dtype, strict=False), past.values)
    return np.where(at >= 0, counts[at], 0.0), np.where(at >= 0, means[at], overall)
