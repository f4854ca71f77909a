"""Past and future of interactions, so that a recommender is judged on what it could not know."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable, like, read_table
from palate.core.tables import INTERACTIONS
from palate.recommend._source import source_name

__all__ = [
    "SPLITS",
    "Split",
    "SplitKind",
    "leave_one_out",
    "split_at_time",
    "split_by_time",
    "split_interactions",
]

SplitKind = Literal["global", "per_user", "leave_one_out"]

SPLITS: tuple[SplitKind, ...] = ("global", "per_user", "leave_one_out")

_TOLERANCE = 1e-9
"""Keeps 0.07 of 100, which is 7.000000000000001 in binary, from rounding up to 8."""


@dataclass(frozen=True)
class Split:
    """Interactions in two parts, rows in the order in which they came, frames of the caller's own kind.

    Args:
        past: What systems may learn from.
        future: What came after it; user by user, or for all of them.
    """

    past: Any
    future: Any


def split_interactions(
    interactions: IntoTable, kind: SplitKind = "global", future_share: float = 0.2
) -> Split:
    """Split in one of the ways that have a name.

    Args:
        interactions: A dataframe or a path, columns ``user, item, timestamp``.
        kind: ``global`` (:func:`split_at_time`), ``per_user`` (:func:`split_by_time`) or ``leave_one_out``.
        future_share: In (0, 1); no matter to ``leave_one_out``.

    Raises:
        InputError: As the split itself does.
        SettingsError: There is no such split, or ``future_share`` is not between 0 and 1.
    """
    match kind:
        case "global":
            return split_at_time(interactions, future_share)
        case "per_user":
            return split_by_time(interactions, future_share)
        case "leave_one_out":
            return leave_one_out(interactions)
    raise SettingsError(f"The split must be one of {', '.join(SPLITS)}; it is {kind!r}.")


def split_by_time(interactions: IntoTable, future_share: float = 0.3) -> Split:
    """Put the last ``future_share`` of every user's interactions into the future, the others into the past.

    A user's interactions are ordered by time, those of one time by item. The future's number is rounded
    up, but the first interaction always stays in the past: so does a user's only one. Systems then learn
    from what some users did after others' futures began; :func:`split_at_time` does not allow that.

    Args:
        interactions: A dataframe or a path, columns ``user, item, timestamp``.
        future_share: In (0, 1).

    Raises:
        InputError: The table is not as said, or rows have no timestamp.
        SettingsError: ``future_share`` is not between 0 and 1.
    """
    _check_share(future_share)
    count = pl.len().over("user")
    future = (count * future_share - _TOLERANCE).ceil().clip(upper_bound=count - 1)
    return _last_of_each_user(interactions, count, future)


def leave_one_out(interactions: IntoTable) -> Split:
    """Put every user's last interaction into the future, the others, and a user's only one, into the past.

    Last is the latest by time, of several at one time the one whose item sorts last.

    Args:
        interactions: A dataframe or a path, columns ``user, item, timestamp``.

    Raises:
        InputError: The table is not as said, or rows have no timestamp.
    """
    count = pl.len().over("user")
    return _last_of_each_user(interactions, count, (count - 1).clip(upper_bound=1))


def split_at_time(interactions: IntoTable, future_share: float = 0.2, at: float | None = None) -> Split:
    """Put all users' interactions from one moment on into the future, those before it into the past.

    It is how a system meets the world: it knows nothing of anybody after that moment. The price is
    that some users and items appear only in the future; :func:`check_split` counts them.

    Args:
        interactions: A dataframe or a path, columns ``user, item, timestamp``.
        future_share: In (0, 1): the moment is the latest one that leaves at least this share of the
            interactions to the future. Those of one time stay together.
        at: The moment, in seconds since 1970 UTC, instead of ``future_share``.

    Raises:
        InputError: The table is not as said, rows have no timestamp, or one part would be empty.
        SettingsError: ``future_share`` is not between 0 and 1.
    """
    _check_share(future_share)
    frame = read_table(interactions, INTERACTIONS)
    where = source_name(interactions)
    _check_timestamps(frame, where)
    times = frame["timestamp"].sort()
    first, last = float(times[0]), float(times[-1])
    if at is None:
        at = float(times[len(times) - math.ceil(len(times) * future_share - _TOLERANCE)])
        if at == first:  # the past would be empty: the next moment is the earliest that can be
            at = next((float(time) for time in times if time > first), math.inf)
    if not first < at <= last:
        raise InputError(
            f"Every interaction would be in one part: they are from {first:.15g} to {last:.15g} (seconds since 1970"
            f" UTC), and the future would begin at {at:.15g}. Give interactions of different times, or another 'at'.",
            where=where,
            column="timestamp",
        )
    return _parts(interactions, frame, frame["timestamp"] >= at)


def _last_of_each_user(interactions: IntoTable, count: pl.Expr, future: pl.Expr) -> Split:
    frame = read_table(interactions, INTERACTIONS)
    _check_timestamps(frame, source_name(interactions))
    place = pl.struct("timestamp", "item").rank("ordinal").over("user")
    return _parts(interactions, frame, frame.select(place > count - future).to_series())


def _parts(interactions: IntoTable, frame: pl.DataFrame, is_future: pl.Series) -> Split:
    return Split(like(interactions, frame.filter(~is_future)), like(interactions, frame.filter(is_future)))


def _check_share(future_share: float) -> None:
    if not 0 < future_share < 1:
        raise SettingsError(f"'future_share' must be between 0 and 1; it is {future_share:g}.")


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
