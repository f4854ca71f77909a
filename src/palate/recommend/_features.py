"""Features of users and items beside interactions, for the recommenders that learn from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.recommend._categories import FEATURES, Categories, feature_categories
from palate.recommend._source import source_name
from palate.recommend.base import CodedInteractions

__all__ = ["item_categories", "item_texts", "with_features"]

_DESCRIPTIONS = {"title", "text", "image", "url"}
"""Columns of an items table that tell an item from all others, or are read as text: no features."""


def with_features(
    interactions: CodedInteractions,
    users: IntoTable | None = None,
    items: IntoTable | None = None,
    *,
    separator: str | None = None,
) -> CodedInteractions:
    """Return interactions that know features of users, of items, or of both.

    ``two_tower`` learns from both, ``content`` and ``watch_time`` from those of items; ``hybrid`` and ``watch_time``
    hand them on to the recommender that they name. Others do not look at them. Users and items without interactions are
    left out, unless :func:`with_items` made the items known before.

    Args:
        interactions: As coded.
        users: A dataframe or a path, a column ``user`` and others: text, whole numbers and truth values are categories,
            lists are several at once, fractions are cut into ten bins.
        items: The same with a column ``item``. Its columns ``title``, ``text``, ``image`` and ``url``, if there are, are
            no features.
        separator: Where one text names several categories, such as ``Comedy|Drama``: what stands between them.

    Raises:
        InputError: A table is not as said, describes something twice, or has no features.

    >>> from palate.recommend import code_interactions
    >>> coded = code_interactions(pl.DataFrame({"user": ["u", "u"], "item": ["a", "b"]}))
    >>> genres = pl.DataFrame({"item": ["a", "b"], "genre": ["Comedy|Drama", "Drama"]})
    >>> with_features(coded, items=genres, separator="|").item_features["genre"].to_list()
    [['Comedy', 'Drama'], ['Drama']]
    """
    of_users = interactions.user_features if users is None else _read("user", users, separator)
    of_items = interactions.item_features if items is None else _read("item", items, separator)
    return replace(interactions, user_features=of_users, item_features=of_items)


def item_categories(interactions: CodedInteractions) -> tuple[list[Categories], list[str]]:
    """Return the items' features, each value a category of its own however rare, and what is to be said of them."""
    return feature_categories("item", interactions.item_ids, interactions.item_features, 1, 1)


def item_texts(interactions: CodedInteractions) -> tuple[pl.Series | None, list[str]]:
    """Return each item's text with a word for each of its features; None if neither is known. And what is to be said."""
    if interactions.item_features is None:
        return interactions.texts, []
    parts, notes = item_categories(interactions)
    texts = interactions.texts if interactions.texts is not None else [""] * len(interactions.item_ids)
    described = [f"{text} {_words(parts, item)}".strip() for item, text in enumerate(texts)]
    return pl.Series("text", described, dtype=pl.String), notes


def _words(parts: Sequence[Categories], item: int) -> str:
    """Return a word for each category of an item, such as is in no text."""
    rows = ((place, row) for place, part in enumerate(parts) for row in part.rows[item].tolist() if row)
    return " ".join(f"_{place}_{row}" for place, row in rows)


def _read(kind: str, table: IntoTable, separator: str | None) -> pl.DataFrame:
    where = source_name(table, f"{kind}_features")
    frame = read_table(table, FEATURES[kind], where=where)
    features = [name for name in frame.columns if name != kind]
    if kind == "item":
        features = [name for name in features if name not in _DESCRIPTIONS]
    if not features:
        beside = " beside its title, text, image and url" if kind == "item" else ""
        raise InputError(f"The table has no features of {kind}s{beside}: no other column.", where=where)
    columns = [pl.col(name) for name in features]
    if separator is not None:
        columns = [
            pl.col(name).str.split(separator).list.eval(pl.element().str.strip_chars())
            if frame[name].dtype == pl.String
            else pl.col(name)
            for name in features
        ]
    return frame.select(kind, *columns)
