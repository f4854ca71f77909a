from __future__ import annotations

import polars as pl

from palate.core.texts import word_counts


def test_words_are_counted_whatever_their_capitals() -> None:
    found = word_counts(pl.Series(["Red wine, red!", "", "wine"]))
    assert found.words == ("red", "wine")
    assert found.counts.toarray().tolist() == [[2.0, 1.0], [0.0, 0.0], [0.0, 1.0]]


def test_only_the_words_asked_for_are_counted() -> None:
    found = word_counts(pl.Series(["a b b", "c"]), ("b", "z"))
    assert found.counts.toarray().tolist() == [[2.0, 0.0], [0.0, 0.0]]
