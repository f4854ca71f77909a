"""Interactions as codes, and which of them say that a user liked an item."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from palate.core.coding import IntArray, encode
from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import INTERACTIONS
from palate.recommend._source import source_name
from palate.recommend._texts import with_items
from palate.recommend.base import CodedInteractions

__all__ = ["LIKES", "Likes", "check_likes", "code_interactions", "like_counts", "liked", "pair_starts"]

Likes = Literal["all", "above_user_mean", "value"]
"""Which interactions count as liking: ``all``; those whose value reaches the user's own mean value
(``above_user_mean``); or those whose value is above 0, each as often as its value says (``value``)."""

LIKES: tuple[Likes, ...] = ("all", "above_user_mean", "value")


def code_interactions(interactions: IntoTable, items: IntoTable | None = None) -> CodedInteractions:
    """Return interactions as integer codes; a user may have several with one item.

    Args:
        interactions: A dataframe or a path, columns ``user, item`` and, if known, ``timestamp, value``.
        items: Their items table, columns ``item`` and ``title`` or ``text`` or both, for recommenders that
            read texts. Its items count as known, with or without interactions.

    Raises:
        InputError: Columns or ids are missing, there are no rows, or only some rows have a value; an item
            is described twice.

    >>> coded = code_interactions(pl.DataFrame({"user": ["b", "a"], "item": [7, 3]}))
    >>> coded.users.tolist(), coded.items.tolist(), coded.values.tolist()
    ([1, 0], [1, 0], [1.0, 1.0])
    """
    frame = read_table(interactions, INTERACTIONS)
    users, met = encode(frame["user"]), encode(frame["item"])
    coded = CodedInteractions(
        users.codes,
        met.codes,
        _values(frame, source_name(interactions)),
        _timestamps(frame),
        users.values,
        met.values,
    )
    return coded if items is None else with_items(coded, items)


def check_likes(likes: str) -> None:
    """Refuse a setting ``likes`` that is none of ``LIKES``.

    Raises:
        SettingsError: It is not.
    """
    if likes not in LIKES:
        raise SettingsError(f"'likes' must be one of {', '.join(LIKES)}; it is {likes!r}.")


def liked(interactions: CodedInteractions, likes: Likes) -> npt.NDArray[np.bool_]:
    """Return which interactions count as liking, shape (n_interactions,).

    ``above_user_mean`` takes those whose value is at least the mean of all the user's values: a user
    whose values are all equal likes everything, and every user likes something.

    Raises:
        InputError: With ``value``, some values are below 0, or none is above.
    """
    if likes == "all":
        return np.ones(len(interactions.users), dtype=np.bool_)
    values = interactions.values.astype(np.float64)
    if likes == "value":
        return _above_zero(values)
    sums = np.bincount(interactions.users, weights=values)
    counts = np.bincount(interactions.users)
    # Multiplied out instead of divided: products of float32 values are exact here, so that the values of
    # a user who always gives the same one equal their mean.
    reached: npt.NDArray[np.bool_] = values * counts[interactions.users] >= sums[interactions.users]
    return reached


def like_counts(interactions: CodedInteractions, likes: Likes) -> sparse.csr_array[np.float64]:
    """Return how often each user liked each item, shape (n_users, n_items), columns sorted in each row.

    Raises:
        InputError: As :func:`liked` does.
    """
    chosen = liked(interactions, likes)
    users, items = interactions.users[chosen], interactions.items[chosen]
    shape = (len(interactions.user_ids), len(interactions.item_ids))
    weights = np.ones(len(users))
    if likes == "value":
        weights = interactions.values[chosen].astype(np.float64)
        # A sum's last bit must not depend on the order in which rows came.
        order = np.lexsort((weights, items, users))
        users, items, weights = users[order], items[order], weights[order]
    counts = sparse.coo_array((weights, (users, items)), shape=shape).tocsr()
    counts.sum_duplicates()
    return counts


def pair_starts(users: IntArray, items: IntArray) -> npt.NDArray[np.int64]:
    """Return where each (user, item) begins in rows that are sorted by user, then item.

    >>> pair_starts(np.array([0, 0, 0, 1]), np.array([2, 2, 3, 3])).tolist()
    [0, 2, 3]
    """
    return np.flatnonzero(np.append(True, (np.diff(users) != 0) | (np.diff(items) != 0)))


def _above_zero(values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    below = np.flatnonzero(values < 0)
    if len(below) or not (values > 0).any():
        found = f"{len(below):,} are below, such as {values[below[0]]:g}" if len(below) else "none is above"
        raise InputError(
            f"With likes = 'value' the values say how much each item is liked: at least 0, and some above; {found}."
            " Give other values, or choose likes = 'all' or 'above_user_mean'.",
            where="interactions",
            column="value",
        )
    return values > 0


def _values(frame: pl.DataFrame, where: str) -> npt.NDArray[np.float32]:
    if "value" not in frame.columns or frame["value"].null_count() == len(frame):
        return np.ones(len(frame), dtype=np.float32)
    missing = frame["value"].is_null().arg_true()
    if len(missing):
        raise InputError(
            f"Some interactions have a value and {len(missing):,} have none. Give all of them one, or none.",
            where=where,
            row=int(missing[0]) + 1,
            column="value",
        )
    values = frame["value"].to_numpy()
    beyond = np.flatnonzero(np.abs(values) > np.finfo(np.float32).max)
    if len(beyond):
        raise InputError(
            f"The value {values[beyond[0]]:g} is beyond what can be added up. Give it in a larger unit.",
            where=where,
            row=int(beyond[0]) + 1,
            column="value",
        )
    return values.astype(np.float32)


def _timestamps(frame: pl.DataFrame) -> npt.NDArray[np.float64]:
    if "timestamp" not in frame.columns:
        return np.full(len(frame), np.nan)
    return frame["timestamp"].cast(pl.Float64).fill_null(np.nan).to_numpy()
