"""Texts as vectors: their weighted mean a task, how far each answer is from it, and which is nearest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from palate.aggregation.texts._hashed_characters import HashedCharacters
from palate.aggregation.texts.base import CodedTexts, FloatArray
from palate.core.errors import InputError, SettingsError
from palate.core.partitions import cut

__all__ = ["Distance", "EmbeddedTexts", "Embedding", "check_distance"]

Embedding = Callable[[list[str]], Any]
"""Turns n texts into an array of shape (n, dimensions)."""

Distance = Literal["cosine", "euclidean"]

_ANSWERS_A_PARTITION = 1 << 14
"""Their vectors, of 512 numbers, are 64 MB."""

_SAME = 1e-12
"""Squared distances that differ by less, of a mean squared length of 1, are equal: they are a mean's last digits."""


def check_distance(distance: str) -> None:
    """Raise unless there is such a distance.

    Raises:
        SettingsError: There is none.
    """
    if distance not in get_args(Distance):
        raise SettingsError(f"'distance' must be one of {', '.join(get_args(Distance))}; it is {distance!r}.")


@dataclass(frozen=True)
class EmbeddedTexts:
    """Answers with their vectors.

    Args:
        texts: The answers.
        vectors: float64, shape (n_values, dimensions): one a different text.
    """

    texts: CodedTexts
    vectors: FloatArray

    @classmethod
    def embed(cls, texts: CodedTexts, embedding: Embedding | None, distance: Distance) -> EmbeddedTexts:
        """Return the answers with the vectors that ``embedding`` gives, of length 1 for the cosine distance.

        The square of the Euclidean distance of vectors of length 1 is twice their cosine distance.

        Raises:
            InputError: The embedding returns another shape than one vector a text, or numbers that are not finite.
        """
        values = texts.values.to_list()
        vectors = _checked((embedding or HashedCharacters())(values), len(values))
        if distance == "cosine":
            lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
            vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
        return cls(texts, vectors)

    @cached_property
    def rounding(self) -> float:
        """What squared distances may differ by and still be equal."""
        return _SAME * float(np.mean(np.einsum("vd,vd->v", self.vectors, self.vectors)))

    @property
    def n_others(self) -> npt.NDArray[np.int64]:
        """How many other answers there are to each answer's task: int64, shape (n_answers,)."""
        n_answers = np.diff(self.texts.offsets)
        return np.repeat(n_answers - 1, n_answers)

    def squared_distances(self, weights: FloatArray) -> FloatArray:
        """Return the squared distance of each answer to its task's weighted mean, shape (n_answers,).

        Args:
            weights: Shape (n_answers,), positive.
        """
        offsets = self.texts.offsets
        found = np.empty(len(weights))
        for first, stop in cut(offsets, _ANSWERS_A_PARTITION):
            own = slice(offsets[first], offsets[stop])
            starts = offsets[first:stop] - offsets[first]
            vectors, share = self.vectors[self.texts.texts[own]], weights[own]
            sums = np.add.reduceat(vectors * share[:, np.newaxis], starts)
            means = sums / np.add.reduceat(share, starts)[:, np.newaxis]
            away = vectors - np.repeat(means, np.diff(offsets[first : stop + 1]), axis=0)
            found[own] = np.einsum("ad,ad->a", away, away)
        return found

    def nearest(self, weights: FloatArray) -> list[str]:
        """Return each task's text nearest to the weighted mean; of several, the one most often given.

        Of texts given equally often, the first in the alphabet is taken.
        """
        texts = self.texts
        away = self.squared_distances(weights)
        tasks = np.repeat(np.arange(len(texts.task_ids)), np.diff(texts.offsets))
        near = away <= np.minimum.reduceat(away, texts.offsets[:-1])[tasks] + self.rounding
        keys, counts = np.unique(
            np.stack([tasks[near], texts.texts[near]]).astype(np.int64), axis=1, return_counts=True
        )
        order = np.lexsort((keys[1], -counts, keys[0]))
        first = np.unique(keys[0][order], return_index=True)[1]
        chosen: list[str] = texts.values.gather(keys[1][order][first]).to_list()
        return chosen


def _checked(vectors: Any, n_texts: int) -> FloatArray:
    found = np.asarray(vectors, dtype=np.float64)
    if found.ndim != 2 or len(found) != n_texts or found.shape[1] == 0:
        raise InputError(
            f"The embedding must turn {n_texts:,} texts into an array of {n_texts:,} rows and as many columns as a"
            f" vector has numbers; it returned the shape {found.shape}."
        )
    if not np.isfinite(found).all():
        row = int(np.flatnonzero(~np.isfinite(found).all(axis=1))[0]) + 1
        raise InputError(f"The embedding returned numbers that are not finite, first for text {row:,}.")
    return found
