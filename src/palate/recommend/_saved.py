"""A recommender that has learned, as one file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from palate.core.archive import Archive, read_archive, write_archive
from palate.core.hashing import hash_json
from palate.recommend.base import CodedInteractions, FittedRecommender, Recommender
from palate.recommend.registry import recommenders

__all__ = ["SavedRecommender", "hash_interactions", "load_recommender", "save_recommender"]

_FORMAT = "palate recommender 1"

_ROWS: dict[str, type] = {
    "users": np.int32,
    "items": np.int32,
    "values": np.float32,
    "timestamps": np.float64,
}
"""The flat arrays of interactions and their types."""


@dataclass(frozen=True)
class SavedRecommender:
    """What a file holds.

    Args:
        recommender: The settings.
        fitted: What was learned: the same scores, to the last bit, as before it was saved.
        interactions: What it was learned from, which tells ids and what was seen.
        data_hash: Of the interactions; see :func:`hash_interactions`.
    """

    recommender: Recommender
    fitted: FittedRecommender
    interactions: CodedInteractions
    data_hash: str


def save_recommender(
    fitted: FittedRecommender,
    path: str | Path,
    recommender: Recommender,
    interactions: CodedInteractions,
) -> None:
    """Write a recommender to one file, whole or not at all; :func:`load_recommender` reads it.

    The file is a zip archive of JSON, Parquet and numpy arrays; nothing in it is pickled, so that reading
    it runs nobody's code. It holds the interactions too: keep it as you keep those. Features of users and items are in
    what was learned and in the hash, and not kept besides.

    Args:
        fitted: What ``recommender`` learned from ``interactions``.
        path: Where to.
        recommender: A registered one.
        interactions: What it learned from.

    Raises:
        OutputError: The file cannot be written there.
    """
    header = {
        "format": _FORMAT,
        "recommender": recommenders.name_of(recommender),
        "settings": {field.name: getattr(recommender, field.name) for field in fields(recommender)},
        "data_hash": hash_interactions(interactions),
    }
    learned = {f"learned/{name}": values for name, values in fitted.arrays().items()}
    rows = {f"interactions/{name}": getattr(interactions, name) for name in _ROWS}
    columns = {"user_ids": interactions.user_ids, "item_ids": interactions.item_ids}
    if interactions.texts is not None:
        columns["texts"] = interactions.texts
    write_archive(Path(path), {**header, "columns": list(columns)}, columns, learned | rows)


def load_recommender(path: str | Path) -> SavedRecommender:
    """Return what :func:`save_recommender` wrote.

    Raises:
        InputError: There is no such file, or it is damaged, no saved recommender, or one of a recommender
            that is not installed.
    """
    return read_archive(
        Path(path),
        _FORMAT,
        _restored,
        what="saved recommender",
        advice="Choose a file that save_recommender wrote.",
    )


def hash_interactions(interactions: CodedInteractions) -> str:
    """Return the 32-digit hexadecimal digest of interactions, texts and features; the order of the rows does not matter."""
    rows = [getattr(interactions, name).astype(dtype) for name, dtype in _ROWS.items()]
    order = np.lexsort(rows[::-1])
    digest = hashlib.blake2b(digest_size=16)
    for column in (interactions.user_ids, interactions.item_ids, interactions.texts):
        if column is not None:
            digest.update(hash_json([str(column.dtype), column.to_list()]).encode())
    for table in (interactions.user_features, interactions.item_features):
        if table is not None:
            told = [[str(value) for value in row] for row in table.sort(table.columns[0]).rows()]
            digest.update(hash_json([table.columns, told]).encode())
    for values in rows:
        digest.update(values[order].tobytes())
    return digest.hexdigest()


def _restored(archive: Archive) -> SavedRecommender:
    header = archive.header
    settings = {name: _setting(value) for name, value in header["settings"].items()}
    recommender = recommenders.create(header["recommender"], settings)
    rows = {name: archive.array(f"interactions/{name}", dtype) for name, dtype in _ROWS.items()}
    columns = {name: archive.column(name) for name in header["columns"]}
    interactions = CodedInteractions(**rows, **columns)  # type: ignore[arg-type]  # names come from the file
    _check(interactions)
    fitted = recommender.restore(archive.named("learned/", None))
    return SavedRecommender(recommender, fitted, interactions, str(header["data_hash"]))


def _setting(value: Any) -> Any:
    """Settings are frozen: what JSON made a list was a tuple."""
    return tuple(_setting(part) for part in value) if isinstance(value, list) else value


def _check(interactions: CodedInteractions) -> None:
    """Raise a ValueError unless the parts fit one another."""
    lengths = {len(getattr(interactions, name)) for name in _ROWS}
    if len(lengths) != 1:
        raise ValueError("its interactions differ in length")
    texts = interactions.texts
    if texts is not None and len(texts) != len(interactions.item_ids):
        raise ValueError("its texts are not those of its items")
    for codes, ids in (
        (interactions.users, interactions.user_ids),
        (interactions.items, interactions.item_ids),
    ):
        if len(codes) and not 0 <= codes.min() <= codes.max() < len(ids):
            raise ValueError("its interactions name unknown users or items")
