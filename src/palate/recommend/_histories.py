"""What each user liked, in the order of time, so that what came next is learned from what came before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.core.coding import IntArray
from palate.core.errors import InputError
from palate.recommend._interactions import Likes, liked
from palate.recommend.base import CodedInteractions

__all__ = ["Histories", "check_times", "histories_of", "order_in_time"]

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Histories:
    """Likes sorted by user, then time; those of one time are in an order drawn at random.

    Args:
        items: int32, shape (n_likes,).
        starts: Where each user's begin, shape (n_users + 1,).
        ages: float32, shape (n_likes,): 0 for the newest of all users' likes, 1 for the oldest.
        weights: float32, likewise: what each counts, 1 on average.
    """

    items: IntArray
    starts: Places
    ages: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]

    def draw(self, each: int, rng: np.random.Generator) -> Places:
        """Return the places of at most ``each`` likes of every user, drawn without replacement, shuffled."""
        lengths = np.diff(self.starts)
        users = np.repeat(np.arange(len(lengths)), lengths)
        order = np.lexsort((rng.random(len(users)), users))
        drawn = order[np.arange(len(users)) - self.starts[users] < each]
        return rng.permutation(drawn)

    def users_at(self, places: Places) -> IntArray:
        """Return whose likes these are."""
        return (np.searchsorted(self.starts, places, side="right") - 1).astype(np.int32)

    def before(self, users: IntArray, places: Places, longest: int) -> tuple[IntArray, Places]:
        """Return the items that each user liked last before a place, at most ``longest``.

        Args:
            users: Whose, shape (n,).
            places: Before which of the user's likes, shape (n,); the next user's start is after all of them.
            longest: Most items of one history.

        Returns:
            All items, one history after another, and where each begins, shape (n + 1,).
        """
        first = np.maximum(self.starts[users], places - longest)
        lengths = places - first
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
        return self.items[np.repeat(first, lengths) + within], offsets


def histories_of(interactions: CodedInteractions, likes: Likes, rng: np.random.Generator) -> Histories:
    """Return every user's likes in the order of time.

    Without timestamps the order is drawn at random, and what is learned is which items go together.

    Raises:
        InputError: Only some interactions have a time, or ``likes`` cannot be told from the values.
    """
    check_times(interactions)
    chosen = liked(interactions, likes)
    users, items = interactions.users[chosen], interactions.items[chosen]
    values = interactions.values[chosen].astype(np.float64)
    times = np.nan_to_num(interactions.timestamps[chosen])
    order = order_in_time(users, times, items, values, rng)
    weights = values[order] if likes == "value" else np.ones(len(order))
    span = times.max() - times.min()
    ages = (times.max() - times[order]) / span if span > 0 else np.zeros(len(order))
    counts = np.bincount(users, minlength=len(interactions.user_ids))
    return Histories(
        items[order],
        np.concatenate([[0], np.cumsum(counts)]),
        ages.astype(np.float32),
        (weights / weights.mean()).astype(np.float32),
    )


def check_times(interactions: CodedInteractions) -> None:
    """Refuse interactions of which only some have a time.

    Raises:
        InputError: They are such.
    """
    missing = np.isnan(interactions.timestamps)
    if missing.any() and not missing.all():
        raise InputError(
            "To learn what users choose next, all interactions need a time, or none has one;"
            f" {int(missing.sum()):,} of {len(missing):,} have none. Fill in the column 'timestamp', or leave it out.",
            where="interactions",
            row=int(missing.argmax()) + 1,
            column="timestamp",
        )


def order_in_time(
    users: IntArray,
    times: npt.NDArray[np.float64],
    items: IntArray,
    values: npt.NDArray[np.float64],
    rng: np.random.Generator,
) -> Places:
    """Return rows by user, then time; those of one time are in an order drawn at random.

    The order in which rows came does not matter: items and values say which row gets which number drawn.
    """
    plain = np.lexsort((values, items, times, users))
    ties = np.empty(len(plain))
    ties[plain] = rng.random(len(plain))
    return np.lexsort((ties, times, users))
