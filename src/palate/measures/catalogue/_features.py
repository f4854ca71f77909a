"""Features of items: genres written as text, or columns of numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from palate.core.coding import encode_like
from palate.core.errors import InputError
from palate.core.tables import ITEMS, Column
from palate.measures.catalogue.base import FloatArray

__all__ = ["FEATURES", "features_of"]

_GENRES = Column(
    "genres",
    "text",
    "what kinds an item is of, such as Drama|War",
    required=False,
    aliases=("genre", "categories", "tags"),
)
_BESIDE = tuple(
    replace(column, aliases=tuple(name for name in column.aliases if name != "genres"))
    for column in ITEMS.columns
)
FEATURES = replace(ITEMS, columns=(*_BESIDE, _GENRES))
"""A table of items in which ``genres`` are features, not a description."""


def features_of(described: pl.DataFrame, catalogue: pl.Series) -> FloatArray | None:
    """Return the features in the order of the catalogue, shape (n_items, n_features), or None if there are none.

    Where there are genres, numbers such as a year are not features.

    Raises:
        InputError: A number is missing or not finite.
    """
    found = _genres(described) if "genres" in described.columns else _numbers(described)
    if found is None:
        return None
    ordered = np.empty((len(catalogue), found.shape[1]))
    ordered[encode_like(described["item"], catalogue)] = found
    return ordered


def _numbers(described: pl.DataFrame) -> FloatArray | None:
    names = [name for name, kind in described.schema.items() if name != "item" and kind.is_numeric()]
    for name in names:
        bad = described[name].is_null() | ~described[name].cast(pl.Float64).is_finite()
        if bad.any():
            raise InputError(
                "The value is missing or not finite. Write 0 where an item lacks the feature.",
                where="features",
                row=int(bad.arg_max() or 0) + 1,
                column=name,
            )
    return described.select(pl.col(names).cast(pl.Float64)).to_numpy() if names else None


def _genres(described: pl.DataFrame) -> FloatArray | None:
    """Return 1 for every genre that an item is of, else 0."""
    texts = described["genres"].cast(pl.String).fill_null("").str.replace_all("[,;]", "|").str.split("|")
    lists = [{genre.strip() for genre in row} - {""} for row in texts.to_list()]
    names = {genre: place for place, genre in enumerate(sorted(set().union(*lists)))}
    if not names:
        return None
    marked = np.zeros((len(lists), len(names)))
    for row, genres in enumerate(lists):
        marked[row, [names[genre] for genre in genres]] = 1.0
    return marked
