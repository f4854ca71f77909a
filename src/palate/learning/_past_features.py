"""Features from past interactions: how often, how lately, and beside which items an item was met."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
import polars as pl
from scipy import sparse

from palate.core.coding import Codes, encode, encode_like
from palate.core.errors import InputError, SettingsError
from palate.learning._likeness import mean_likeness
from palate.learning.base import FloatArray

__all__ = ["PAST_FEATURES", "Past", "with_past"]

Past = Literal["counts", "recency", "co_occurrence"]

PAST_FEATURES: dict[Past, dict[str, str]] = {
    "counts": {
        "item_interactions": "ln(1 + how many interactions the item has)",
        "item_mean_value": "mean value of the item's interactions, shrunk to the mean of all",
        "user_interactions": "ln(1 + how many interactions the user has)",
        "user_mean_value": "mean value of the user's interactions, shrunk to the mean of all",
        "item_over_user": "item_mean_value less user_mean_value",
    },
    "recency": {
        "item_days_since_last": "ln(1 + days) from the item's last interaction to the newest of all; missing if it has none",
        "item_days_since_first": "ln(1 + days) from the item's first interaction to the newest of all; missing if it has none",
        "user_days_since_last": "ln(1 + days) from the user's last interaction to the newest of all; missing if there is none",
    },
    "co_occurrence": {
        "co_occurrence": "mean cosine, over the other items that the user met, of who met them and who met the item;"
        " missing if the user met no other",
    },
}
"""Features from past interactions by kind, and what they mean."""

_SHRINKAGE = 5.0
"""Interactions of average value that each mean is mixed with, so that one opinion is not a mean."""

_DAY = 86_400.0


def with_past(table: pl.DataFrame, past: pl.DataFrame, kinds: Sequence[str]) -> pl.DataFrame:
    """Return the table with the wanted ``kinds`` of features from past interactions.

    Raises:
        SettingsError: There is no such kind.
        InputError: Recency is wanted of interactions without timestamps, or the interactions are of other users and items.
    """
    for kind in kinds:
        if kind not in PAST_FEATURES:
            raise SettingsError(
                f"Features from the past are of the kinds {', '.join(get_args(Past))}; one wanted is {kind!r}."
            )
    items, users = encode(past["item"]), encode(past["user"])
    _check_related(table, items, users)
    if "counts" in kinds:
        table = _with_counts(table, past, {"item": items, "user": users})
    if "recency" in kinds:
        table = _with_recency(table, past, items, users)
    if "co_occurrence" in kinds:
        table = _with_co_occurrence(table, items, users)
    return table


def _check_related(table: pl.DataFrame, items: Codes, users: Codes) -> None:
    """Refuse interactions that say nothing of what is ranked."""
    sides = (("query", users), ("item", items))
    if all((encode_like(table[key], codes.values) < 0).all() for key, codes in sides):
        raise InputError(
            f"None of the queries that are ranked (such as {table['query'][0]!r}) is a user of the interactions (such as"
            f" {users.values[0]!r}), and none of the items (such as {table['item'][0]!r}) is in them. Give the interactions"
            " that belong to the runs.",
            where="interactions",
        )


def _with_counts(table: pl.DataFrame, past: pl.DataFrame, sides: dict[str, Codes]) -> pl.DataFrame:
    missing = pl.Series("value", [None] * len(past), dtype=pl.Float64)
    values = past.get_column("value", default=missing).fill_null(np.nan).to_numpy()
    overall = float(np.nanmean(values)) if np.isfinite(values).any() else 1.0
    for side, key in (("item", "item"), ("user", "query")):
        counts, means = _of_each(table[key], sides[side], values, overall)
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
    at = encode_like(wanted, past.values)
    return np.where(at >= 0, counts[at], 0.0), np.where(at >= 0, means[at], overall)


def _with_recency(table: pl.DataFrame, past: pl.DataFrame, items: Codes, users: Codes) -> pl.DataFrame:
    if "timestamp" not in past.columns or past["timestamp"].null_count() == len(past):
        raise InputError(
            "Recency needs to know when interactions were: a column 'timestamp'. Add it, or leave 'recency' out.",
            where="interactions",
            column="timestamp",
        )
    times = past["timestamp"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    newest = float(np.nanmax(times))
    columns = []
    for name, key, codes, extreme, start in (
        ("item_days_since_last", "item", items, np.fmax, -np.inf),
        ("item_days_since_first", "item", items, np.fmin, np.inf),
        ("user_days_since_last", "query", users, np.fmax, -np.inf),
    ):
        when = np.full(len(codes.values) + 1, start)
        extreme.at(when, codes.codes, times)
        when[np.isinf(when)] = np.nan
        when[-1] = np.nan  # what an id that is not there, -1, points to
        days = (newest - when[encode_like(table[key], codes.values)]) / _DAY
        columns.append(pl.Series(name, np.log1p(days)).fill_nan(None))
    return table.with_columns(columns)


def _with_co_occurrence(table: pl.DataFrame, items: Codes, users: Codes) -> pl.DataFrame:
    ones = np.ones(len(items.codes))
    shape = (len(users.values), len(items.values))
    met: Any = sparse.csr_array((ones, (users.codes, items.codes)), shape=shape)
    met.sum_duplicates()
    met.data[:] = 1.0
    vectors = met.T.tocsr()
    vectors.data /= np.sqrt(np.repeat(np.diff(vectors.indptr), np.diff(vectors.indptr)))
    found = mean_likeness(
        vectors, met, encode_like(table["query"], users.values), encode_like(table["item"], items.values)
    )
    # Of an item that nobody met is known that nobody met it beside another.
    known_user = np.isin(encode_like(table["query"], users.values), -1, invert=True)
    unmet = encode_like(table["item"], items.values) < 0
    found = np.where(known_user & unmet, 0.0, found)
    return table.with_columns(pl.Series("co_occurrence", found).fill_nan(None))
