"""Past and future of every user, so that a recommender is judged on what it could not know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable, like, read_table
from palate.core.tables import INTERACTIONS
from palate.recommend._source import source_name

__all__ = ["Split", "split_by_time"]

_TOLERANCE = 1e-9
"""Keeps 0.07 of 100, which is 7.000000000000001 in binary, from rounding up to 8."""


@dataclass(frozen=True)
class Split:
    """Interactions in two parts, rows in the order in which they came, frames of the caller's own kind.

    Args:
        past: What systems may learn from.
        future: What came after it, user by user.
    """

    past: Any
    future: Any


def split_by_time(interactions: IntoTable, future_share: float = 0.3) -> Split:
    """Put the last ``future_share`` of every user's interactions into the future, the others into the past.

    A user's interactions are ordered by time, those of one time by item. The future's number is rounded
    up, but the first interaction always stays in the past: so does a user's only one.

    Args:
        interactions: A dataframe or a path, columns ``user, item, timestamp``.
        future_share: In (0, 1).

    Raises:
        InputError: The table is not as said, or rows have no timestamp.
        SettingsError: ``future_share`` is not between 0 and 1.
    """
    if not 0 < future_share < 1:
        raise SettingsError(f"'future_share' must be between 0 and 1; it is {future_share:g}.")
    frame = read_table(interactions, INTERACTIONS)
    _check_timestamps(frame, source_name(interactions))
    place = pl.struct("timestamp", "item").rank("ordinal").over("user")
    count = pl.len().over("user")
    future = (count * future_share - _TOLERANCE).ceil().clip(upper_bound=count - 1)
    is_future = frame.select(place > count - future).to_series()
    return Split(like(interactions, frame.filter(~is_future)), like(interactions, frame.filter(is_future)))


def _check_timestamps(frame: pl.DataFrame, where: str) -> None:
    if "timestamp" not in frame.columns:
        raise InputError(
            "Splitting by time needs the column 'timestamp' (seconds since 1970 UTC or a date)."
            f" The columns here are: {', '.join(frame.columns)}.",
            where=where,
        )
    missing = frame["timestamp"].is_null().arg_true()
    if len(missing):
        raise InputError(
            f"The timestamp is missing ({len(missing):,} rows). Fill it in or remove the rows.",
            where=where,
            row=int(missing[0]) + 1,
            column="timestamp",
        )
