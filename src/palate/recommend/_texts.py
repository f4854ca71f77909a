"""Texts of items: coded beside interactions, and as vectors of words."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from palate.core.coding import encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import ITEMS
from palate.recommend._source import source_name
from palate.recommend.base import CodedInteractions

__all__ = ["with_items", "word_vectors"]

_WORD = re.compile(r"\w+")


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


def word_vectors(texts: pl.Series) -> sparse.csr_array[Any]:
    """Return each text's weights of words, of length 1 (0 where there are no words). Salton and Buckley, 1988.

    A word that is t times in a text and in d of n texts weighs (1 + ln t) (1 + ln((1 + n) / (1 + d))).
    Words are runs of letters and digits, capitals do not matter. Columns are the words in sorted order.

    >>> word_vectors(pl.Series(["red wine", "Red"])).toarray().round(3).tolist()
    [[0.58, 0.815], [1.0, 0.0]]
    """
    counts = [Counter(_WORD.findall(text.lower())) for text in texts]
    code = {word: place for place, word in enumerate(sorted(set().union(*counts)))}
    words = np.array([code[word] for count in counts for word in sorted(count)], dtype=np.int32)
    times = np.array([count[word] for count in counts for word in sorted(count)], dtype=np.float64)
    offsets = np.concatenate([[0], np.cumsum([len(count) for count in counts])]).astype(np.int32)
    rarity = 1 + np.log((1 + len(texts)) / (1 + np.bincount(words, minlength=len(code))))
    weights = (1 + np.log(times)) * rarity[words]
    rows = np.repeat(np.arange(len(texts)), np.diff(offsets))
    lengths = np.sqrt(np.bincount(rows, weights=weights**2, minlength=len(texts)))
    return sparse.csr_array((weights / lengths[rows], words, offsets), shape=(len(texts), len(code)))
