"""A log of clicks: what was shown where, and what was clicked."""

from __future__ import annotations

import polars as pl

from palate.core.frames import IntoTable, read_table
from palate.core.tables import ITEM, QUERY, Column, Table

__all__ = ["CLICKS", "read_clicks"]

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


def read_clicks(log: IntoTable) -> pl.DataFrame:
    """Return a log with ``clicked``, 0 or 1, in each row.

    Raises:
        InputError: The table is not as said, empty, or has values missing.
    """
    return read_table(log, CLICKS).with_columns(clicked=(pl.col("clicks") > 0).cast(pl.Float64))
