"""Words of texts: how often each is in each, and texts as vectors of words."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

__all__ = ["WordCounts", "word_counts", "word_vectors"]

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class WordCounts:
    """How often each word is in each text.

    Args:
        counts: float64, shape (n_texts, n_words).
        words: The words, in the order of the columns.
    """

    counts: sparse.csr_array[Any]
    words: tuple[str, ...]


def word_counts(texts: pl.Series, words: tuple[str, ...] | None = None) -> WordCounts:
    """Return how often each word is in each text. Words are runs of letters and digits; capitals do not matter.

    Args:
        texts: Without missing ones.
        words: The columns; other words are not counted. By default all there are, sorted.

    >>> word_counts(pl.Series(["red wine, Red!", "red"])).counts.toarray().tolist()
    [[2.0, 1.0], [1.0, 0.0]]
    """
    found = [Counter(_WORD.findall(text.lower())) for text in texts]
    if words is None:
        words = tuple(sorted(set().union(*found)))
    code = {word: place for place, word in enumerate(words)}
    known = [sorted(code[word] for word in count if word in code) for count in found]
    offsets = np.concatenate([[0], np.cumsum([len(places) for places in known])]).astype(np.int32)
    columns = np.array([place for places in known for place in places], dtype=np.int32)
    pairs = zip(found, known, strict=True)
    times = np.array([c[words[place]] for c, places in pairs for place in places], dtype=np.float64)
    return WordCounts(sparse.csr_array((times, columns, offsets), shape=(len(texts), len(words))), words)


def word_vectors(texts: pl.Series) -> sparse.csr_array[Any]:
    """Return each text's weights of words, of length 1 (0 where there are no words). Salton and Buckley, 1988.

    A word that is t times in a text and in d of n texts weighs (1 + ln t) (1 + ln((1 + n) / (1 + d))).
    Words are runs of letters and digits, capitals do not matter. Columns are the words in sorted order.

    >>> word_vectors(pl.Series(["red wine", "Red"])).toarray().round(3).tolist()
    [[0.58, 0.815], [1.0, 0.0]]
    """
    found = word_counts(texts)
    words, offsets = found.counts.indices, found.counts.indptr
    rarity = 1 + np.log((1 + len(texts)) / (1 + np.bincount(words, minlength=len(found.words))))
    weights = (1 + np.log(found.counts.data)) * rarity[words]
    rows = np.repeat(np.arange(len(texts)), np.diff(offsets))
    lengths = np.sqrt(np.bincount(rows, weights=weights**2, minlength=len(texts)))
    return sparse.csr_array((weights / lengths[rows], words, offsets), shape=found.counts.shape)
