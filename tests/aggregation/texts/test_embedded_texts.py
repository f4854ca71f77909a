from __future__ import annotations

import math
import zlib
from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from text_strategies import text_tables

from palate.aggregation.texts import HRRASA, RASA, ClosestToAverage, HashedCharacters, _embedded
from palate.core.errors import InputError, SettingsError

every_method = pytest.mark.parametrize("method", [ClosestToAverage, RASA, HRRASA])


def lengths(texts: list[str]) -> np.ndarray:
    """An embedding: how many letters and how many words."""
    return np.array([[len(text), len(text.split())] for text in texts], dtype=float)


def _unit(vectors: np.ndarray) -> np.ndarray:
    sizes = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(sizes > 0, vectors / np.where(sizes > 0, sizes, 1), 0)


@settings(max_examples=50, deadline=None)
@given(texts=st.lists(st.text("aAb ß\n", max_size=8), min_size=1, max_size=5), dimensions=st.integers(1, 40))
def test_hashed_characters_are_weighted_counts_of_pieces(texts: list[str], dimensions: int) -> None:
    pieces = []
    for text in texts:
        plain = " " + " ".join(text.casefold().split()) + " "
        own = [plain[i : i + size] for size in (2, 3) for i in range(len(plain)) if i + size <= len(plain)]
        pieces.append(Counter(own) if plain.strip() else Counter())
    expected = np.zeros((len(texts), dimensions))
    for row, own in enumerate(pieces):
        for piece, times in own.items():
            holders = sum(piece in other for other in pieces)
            number = zlib.crc32(piece.encode())
            weight = (1 + math.log(times)) * (1 + math.log((1 + len(texts)) / (1 + holders)))
            expected[row, number // 2 % dimensions] += weight if number % 2 == 0 else -weight
    found = HashedCharacters(dimensions, 2, 3)(texts)
    np.testing.assert_allclose(found, _unit(expected), atol=1e-9)


def test_like_spellings_are_near_and_others_far() -> None:
    a, b, c = HashedCharacters()(["The Quick fox", "the quick  fx", "lorem ipsum"])
    assert a @ b > 0.6
    assert abs(a @ c) < 0.3


@pytest.mark.parametrize(
    ("settings_", "says"),
    [
        ({"dimensions": 0}, "'dimensions' must be at least 1"),
        ({"shortest": 0}, "'shortest' and 'longest' must be"),
        ({"shortest": 3, "longest": 2}, "they are 3 and 2"),
    ],
)
def test_impossible_settings_of_hashed_characters_are_refused(settings_: dict, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        HashedCharacters(**settings_)


@settings(max_examples=50, deadline=None)
@given(texts=text_tables(), distance=st.sampled_from(["cosine", "euclidean"]))
def test_closest_to_average_is_the_text_of_least_distance(texts: pl.DataFrame, distance: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_embedded, "_ANSWERS_A_PARTITION", 3)
        found = ClosestToAverage(embedding=lengths, distance=distance).aggregate(texts)
    for task, text in found.texts.iter_rows():
        own = texts.filter(task=task)["text"].to_list()
        vectors = lengths(own) if distance == "euclidean" else _unit(lengths(own))
        away = ((vectors - vectors.mean(axis=0)) ** 2).sum(axis=1)
        best = [t for t, d in zip(own, away, strict=True) if d <= away.min() + 1e-9]
        most = max(best.count(t) for t in best)
        assert text == min(t for t in best if best.count(t) == most)


def test_distances_differ() -> None:
    # Of lengths 1, 2 and 9 the mean is 4; the directions of all but the last are nearly one.
    texts = pl.DataFrame({"task": [1] * 3, "annotator": range(3), "text": ["x", "y", "z"]})
    table = {"x": [10.0, 0.0], "y": [6.0, 0.0], "z": [0.0, 1.0]}

    def embedding(values: list[str]) -> list[list[float]]:
        return [table[value] for value in values]

    # Mean (16/3, 1/3): y is nearest. Directions: (2/3, 1/3): x and y are, and x is first.
    for distance, expected in (("euclidean", "y"), ("cosine", "x")):
        found = ClosestToAverage(embedding=embedding, distance=distance).aggregate(texts)
        assert found.texts["text"].item() == expected


@every_method
@pytest.mark.parametrize(
    ("embedding", "says"),
    [
        (lambda texts: np.zeros(len(texts)), r"2 texts into an array of 2 rows .* the shape \(2,\)"),
        (lambda texts: np.zeros((len(texts) + 1, 4)), r"it returned the shape \(3, 4\)"),
        (lambda texts: np.zeros((len(texts), 0)), r"it returned the shape \(2, 0\)"),
        (lambda _: np.array([[1.0], [np.nan]]), "not finite, first for text 2"),
    ],
)
def test_embeddings_that_return_something_else_are_refused(method, embedding, says: str) -> None:
    texts = pl.DataFrame({"task": [1, 1], "annotator": ["a", "b"], "text": ["x", "y"]})
    with pytest.raises(InputError, match=says):
        method(embedding=embedding).aggregate(texts)


@every_method
def test_an_unknown_distance_is_refused(method) -> None:
    with pytest.raises(SettingsError, match="'distance' must be one of cosine, euclidean; it is 'l1'"):
        method(distance="l1")
