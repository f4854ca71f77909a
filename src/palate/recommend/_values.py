"""How much an interaction says: decay with age, sums of repeated ones, and transforms of values."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from palate.core.errors import InputError, SettingsError
from palate.core.settings import check_positive
from palate.recommend._interactions import pair_starts
from palate.recommend.base import CodedInteractions

__all__ = ["ValueSettings", "weigh_interactions"]

_SECONDS_A_DAY = 86_400.0


@dataclass(frozen=True)
class ValueSettings:
    """What is done to values before a recommender learns from them, in this order.

    Args:
        half_life_days: An interaction this much older than the newest counts half; None: all count alike.
        most: Larger sums count as this; None: as they are.
        log: Whether a sum counts as log(1 + sum), so that ten hours do not count ten times one hour.
        least: Interactions of a lower value are left out before all that, as if they had not been; None: none are.
    """

    half_life_days: float | None = None
    most: float | None = None
    log: bool = False
    least: float | None = None

    def __post_init__(self) -> None:
        if self.half_life_days is not None:
            check_positive(half_life_days=self.half_life_days)
        for name, value in {"most": self.most, "least": self.least}.items():
            if value is not None and not -math.inf < value < math.inf:
                raise SettingsError(f"'{name}' must be a finite number; it is {value}.")


def weigh_interactions(
    interactions: CodedInteractions, settings: ValueSettings | None = None
) -> CodedInteractions:
    """Return one interaction for each user and item: the decayed values summed, then transformed.

    Rows are sorted by user, then item; the timestamp is the newest one. Ids stay, so that codes do too.

    Args:
        interactions: What users did.
        settings: What is done to the values; by default they are summed.

    Raises:
        InputError: The decay needs timestamps and some are missing, the logarithm meets a sum below 0, or every value
            is below ``least``.

    >>> import polars as pl
    >>> from palate.recommend import code_interactions
    >>> table = pl.DataFrame({"user": ["a", "a"], "item": [1, 1], "timestamp": [0, 86_400], "value": [2.0, 1.0]})
    >>> weigh_interactions(code_interactions(table), ValueSettings(half_life_days=1)).values.tolist()
    [2.0]
    """
    chosen = settings or ValueSettings()
    if chosen.least is not None:
        interactions = _from(interactions, chosen.least)
    values = interactions.values.astype(np.float64)
    times = interactions.timestamps
    if chosen.half_life_days is not None:
        _check_times(interactions)
        age_days = (times.max() - times) / _SECONDS_A_DAY
        values = values * 0.5 ** (age_days / chosen.half_life_days)
    # Sorted by value too: a sum's last bit must not depend on the order in which rows came.
    order = np.lexsort((values, interactions.items, interactions.users))
    users, items = interactions.users[order], interactions.items[order]
    starts = pair_starts(users, items)
    sums = np.add.reduceat(values[order], starts)
    if chosen.most is not None:
        sums = np.minimum(sums, chosen.most)
    if chosen.log:
        _check_sums(sums, interactions, users[starts], items[starts])
        sums = np.log1p(sums)
    return replace(
        interactions,
        users=users[starts],
        items=items[starts],
        values=sums.astype(np.float32),
        timestamps=np.fmax.reduceat(times[order], starts),
    )


def _from(interactions: CodedInteractions, least: float) -> CodedInteractions:
    """Return the interactions of at least this value; users and items stay known."""
    enough = interactions.values >= np.float32(least)
    if not enough.any():
        raise InputError(
            f"'least' is {least:g}, and the highest value is {interactions.values.max():g}: nothing would be left to learn"
            " from. Lower it.",
            where="interactions",
            column="value",
        )
    rows = {name: getattr(interactions, name)[enough] for name in ("users", "items", "values", "timestamps")}
    return replace(interactions, **rows)


def _check_times(interactions: CodedInteractions) -> None:
    missing = int(np.isnan(interactions.timestamps).sum())
    if missing:
        raise InputError(
            f"'half_life_days' needs the time of every interaction; {missing:,} of {len(interactions.users):,} have"
            " none. Fill in the column 'timestamp', or leave 'half_life_days' out.",
            where="interactions",
            column="timestamp",
        )


def _check_sums(
    sums: np.ndarray, interactions: CodedInteractions, users: np.ndarray, items: np.ndarray
) -> None:
    below = np.flatnonzero(sums < 0)
    if len(below):
        user, item = interactions.user_ids[int(users[below[0]])], interactions.item_ids[int(items[below[0]])]
        raise InputError(
            f"'log' needs values of at least 0; those of {len(below):,} users and items sum to less, such as"
            f" {sums[below[0]]:g} of user {user!r} and item {item!r}. Remove them, or leave 'log' out.",
            where="interactions",
            column="value",
        )
