"""A log of clicks: what was shown where, and what was clicked."""

from __future__ import annotations

import polars as pl

from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import ITEM, QUERY, Column, Table

__all__ = ["CLICKS", "clicks_on_lists", "read_clicks"]

CLICKS = Table(
    "clicks",
    (
        QUERY,
        ITEM,
        Column("rank", "integer", "where it was shown, from 1", minimum=1, aliases=("position",)),
        Column(
            "clicks", "number", "how often it was clicked; 0 if not", minimum=0, aliases=("click", "clicked")
        ),
    ),
)
"""A log of clicks: a row for each item each time it was shown."""

_LIST = Column("list", "id", "the list that was shown")
_CLICKED_LISTS = Table(
    "clicks",
    (Column("impression", "id", "one list shown to somebody"), _LIST, ITEM, CLICKS.column("clicks")),
    key=("impression", "item"),
)
_LISTS = Table("interleaved lists", (_LIST, QUERY, CLICKS.column("rank"), ITEM), key=("list", "rank"))


def read_clicks(log: IntoTable) -> pl.DataFrame:
    """Return a log with ``clicked``, 0 or 1, in each row.

    Raises:
        InputError: The table is not as said, empty, or has values missing.
    """
    return read_table(log, CLICKS).with_columns(clicked=(pl.col("clicks") > 0).cast(pl.Float64))


def clicks_on_lists(log: IntoTable, lists: IntoTable) -> pl.DataFrame:
    """Return a log of interleaved lists as a log of clicks: a row for each item that an impression showed.

    Args:
        log: Columns ``impression, list, item, clicks``. Items that were not clicked may be left out, but every impression
            needs a row.
        lists: Columns ``list, query, rank, item``, as ``palate interleave make`` writes them.

    Returns:
        Columns ``query, item, rank, clicks``.

    Raises:
        InputError: A table is not as said, an impression shows several lists, or a row has an item that its list does not
            have.

    >>> lists = pl.DataFrame({"list": [1, 1], "query": ["q", "q"], "rank": [1, 2], "item": ["a", "b"]})
    >>> log = pl.DataFrame({"impression": [7], "list": [1], "item": ["b"], "clicks": [1]})
    >>> clicks_on_lists(log, lists).rows()
    [('q', 'a', 1, 0.0), ('q', 'b', 2, 1.0)]
    """
    key = [pl.col(name).cast(pl.String).alias(f"{name} as text") for name in ("list", "item")]
    clicked = read_table(log, _CLICKED_LISTS).with_columns(key)
    made = read_table(lists, _LISTS).with_columns(key)
    several = (
        clicked.group_by("impression").agg(lists=pl.col("list").n_unique()).filter(pl.col("lists") > 1)
    ).sort("impression")
    if len(several):
        raise InputError(
            f"An impression shows one list; {len(several):,} impressions have several, such as"
            f" '{several['impression'][0]}'.",
            where="clicks",
            column="list",
        )
    names = ["list as text", "item as text"]
    strange = clicked.join(made, on=names, how="anti", maintain_order="left")
    if len(strange):
        raise InputError(
            f"{len(strange):,} rows of the log show an item that its list does not have, such as item"
            f" '{strange['item'][0]}' of list '{strange['list'][0]}'. Give the lists that were shown.",
            where="clicks",
            column="item",
        )
    shown = clicked.select("impression", "list as text").unique(maintain_order=True)
    every = shown.join(made, on="list as text", how="inner", maintain_order="left_right")
    found = every.join(clicked, on=["impression", *names], how="left", maintain_order="left")
    return found.select("query", "item", "rank", pl.col("clicks").fill_null(0.0).cast(pl.Float64))
