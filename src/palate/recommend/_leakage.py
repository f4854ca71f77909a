"""What a split lets a system know that it could not have known."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import INTERACTIONS
from palate.recommend._source import source_name

__all__ = ["SplitCheck", "check_split"]


@dataclass(frozen=True)
class SplitCheck:
    """Counts of what makes a test on the future easier, or harder, than the world.

    Args:
        past: Interactions in the past.
        future: Interactions in the future.
        before_own_past: Future ones that came before the same user's latest past one; 0 in a fair test.
        before_past: Other future ones that came before somebody else's latest past one, which could tell
            of them. 0 after :func:`split_at_time`; after splits user by user, most.
        repeated: Future ones of a user with an item that the user also met in the past: no system that
            leaves out what was seen can recommend them.
        in_both: Future rows that are also in the past: same user, item and time; 0 in a fair test.
        new_users: Users that appear only in the future: nothing can be learned of them.
        new_items: Items that appear only in the future: only their texts can be learned from.
        of_new_users: Future interactions of those users.
        with_new_items: Future interactions with those items.
    """

    past: int
    future: int
    before_own_past: int
    before_past: int
    repeated: int
    in_both: int
    new_users: int
    new_items: int
    of_new_users: int
    with_new_items: int

    @property
    def leaks(self) -> bool:
        """Return whether a user's own future is known from the past."""
        return self.before_own_past > 0 or self.in_both > 0

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return what to know before a result on this split is believed, worst first."""
        said = [
            (self.in_both, "{} are also in the past: remove them there."),
            (
                self.before_own_past,
                "{} came before the same user's latest past one: the past knows the future.",
            ),
            (self.before_past, "{} came before others' latest past ones, which may tell of them."),
            (self.repeated, "{} repeat an item that the user met in the past."),
            (self.of_new_users, f"{{}} are of {self.new_users:,} users without a past."),
            (self.with_new_items, f"{{}} are with {self.new_items:,} items without a past."),
        ]
        shown = [text.format(f"{n:,} of {self.future:,} future interactions") for n, text in said if n]
        return tuple(shown) or ("Nothing of the future is in the past, and all of its users and items are.",)

    def to_dict(self) -> dict[str, Any]:
        """Return the counts, and whether there are leaks."""
        return {**asdict(self), "leaks": self.leaks}


def check_split(past: IntoTable, future: IntoTable) -> SplitCheck:
    """Return what of the future is in the past, and what of it is nowhere in the past.

    Args:
        past: A dataframe or a path, columns ``user, item, timestamp``.
        future: Likewise.

    Raises:
        InputError: A table is not as said, or rows have no timestamp.

    >>> past = pl.DataFrame({"user": [1, 2], "item": ["a", "b"], "timestamp": [1, 9]})
    >>> future = pl.DataFrame({"user": [1, 1], "item": ["b", "c"], "timestamp": [5, 10]})
    >>> for sentence in check_split(past, future).sentences:
    ...     print(sentence)
    1 of 2 future interactions came before others' latest past ones, which may tell of them.
    1 of 2 future interactions are with 1 items without a past.
    """
    known, later = _read(past, "past"), _read(future, "future")
    for column in ("user", "item"):
        if known[column].dtype != later[column].dtype:
            raise InputError(
                f"The {column}s of the past are of type {known[column].dtype}, those of the future"
                f" {later[column].dtype}. Write them alike in both tables.",
                where=source_name(future, "future"),
                column=column,
            )
    own = later.join(known.group_by("user").agg(last=pl.col("timestamp").max()), on="user", how="left")
    before_own = int((own["timestamp"] < own["last"]).sum())
    before_any = int((later["timestamp"] < known["timestamp"].max()).sum())
    return SplitCheck(
        past=len(known),
        future=len(later),
        before_own_past=before_own,
        before_past=before_any - before_own,
        repeated=len(later.join(known, on=["user", "item"], how="semi")),
        in_both=len(later.join(known, on=["user", "item", "timestamp"], how="semi")),
        new_users=_new(known, later, "user")["user"].n_unique(),
        new_items=_new(known, later, "item")["item"].n_unique(),
        of_new_users=len(_new(known, later, "user")),
        with_new_items=len(_new(known, later, "item")),
    )


def _new(known: pl.DataFrame, later: pl.DataFrame, column: str) -> pl.DataFrame:
    return later.join(known, on=column, how="anti")


def _read(table: IntoTable, name: str) -> pl.DataFrame:
    where = source_name(table, name)
    frame = read_table(table, INTERACTIONS, where=where)
    if "timestamp" not in frame.columns or frame["timestamp"].null_count():
        raise InputError(
            "Checking a split needs the time of every interaction, in the column 'timestamp'.",
            where=where,
        )
    return frame
