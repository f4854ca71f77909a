"""Texts of items, coded beside interactions."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from palate.core.coding import encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import ITEMS
from palate.recommend._source import source_name
from palate.recommend.base import CodedInteractions

__all__ = ["with_items"]


def with_items(interactions: CodedInteractions, items: IntoTable) -> CodedInteractions:
    """Return interactions that know all items of a table besides those that somebody met, and the texts of all.

    Args:
        interactions: As coded without items.
        items: A dataframe or a path, columns ``item`` and ``title`` or ``text`` or both.

    Raises:
        InputError: The table is not as said, describes an item twice, or describes none of those met.
    """
    frame = read_table(items, ITEMS)
    where = source_name(items, "items")
    columns = [name for name in ("title", "text") if name in frame.columns]
    if not columns:
        raise InputError("The items table has neither 'title' nor 'text' to learn from.", where=where)
    text = pl.concat_str([pl.col(name).cast(pl.String) for name in columns], separator=" ", ignore_nulls=True)
    met = interactions.item_ids
    table = frame.select(item=_like(met, frame["item"], where), text=text)
    if not table["item"].is_in(met.implode()).any():
        raise InputError(
            f"None of the items of the interactions (such as {met[0]!r}) is in the items table (such as"
            f" {frame['item'][0]!r}). Give the table that belongs to them.",
            where=where,
            column="item",
        )
    ids = pl.concat([met.rename("item"), table["item"]]).unique().sort()
    texts = pl.DataFrame({"item": ids}).join(table, on="item", how="left", maintain_order="left")["text"]
    codes = encode_like(met, ids)[interactions.items]
    return replace(interactions, items=codes, item_ids=ids, texts=texts.fill_null(""))


def _like(met: pl.Series, ids: pl.Series, where: str) -> pl.Series:
    """Return ids of the type of those met; text that only resembles a number, such as 07, is refused."""
    same = ids.cast(met.dtype, strict=False)
    different = (same.is_null() | (same.cast(pl.String) != ids.cast(pl.String))).arg_true()
    if len(different):
        raise InputError(
            f"The items of the interactions are of type {met.dtype}, and {ids[int(different[0])]!r} is none."
            " Write items alike in both tables.",
            where=where,
            row=int(different[0]) + 1,
            column="item",
        )
    return same
