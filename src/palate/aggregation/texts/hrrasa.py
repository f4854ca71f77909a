"""HRRASA: answers that resemble the others to the same task, of annotators who do so often, count more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from palate.aggregation.texts._embedded import Distance, EmbeddedTexts, Embedding, check_distance
from palate.aggregation.texts._gleu import gleu
from palate.aggregation.texts._reliability import Reliability
from palate.aggregation.texts.base import CodedTexts, FloatArray, TextAggregator, TextFit
from palate.core.errors import SettingsError
from palate.core.progress import Progress, no_progress

__all__ = ["HRRASA"]

_LEAST = 1e-6
"""An answer unlike all others counts this much, so that a task of such answers still has a mean."""


@dataclass(frozen=True)
class HRRASA(TextAggregator):
    """Hybrid reliability and representation aware sequence aggregation. Li, 2020.

    Besides its annotator's weight, as in ``RASA``, each answer has a local one: its mean similarity to the other
    answers to the same task, in vectors (``exp(-squared distance)``, share ``vector_share``) and in words
    (GLEU of Wu et al., 2016, for the rest). Both multiply. Where Li divides squared distances by the local weight
    when annotators are weighed, we multiply, as the means do: then both steps raise one function, and an answer
    unlike all others does not decide its annotator's weight alone. Answers that are the only ones to their task have
    the local weight 1.

    Args:
        embedding: Any function that turns n texts into an array of n rows; None takes ``HashedCharacters``.
        distance: ``cosine`` (vectors are brought to length 1 first) or ``euclidean``.
        vector_share: How much of the local weight comes from vectors, 0 to 1; the rest comes from words.
        tokenizer: Splits a text into words; None splits at white space.
        alpha: As in ``RASA``.
        regularization: As in ``RASA``.
        max_iter: Most passes over the answers.
        tolerance: Stop when no weight changes by more than this share.

    Raises:
        InputError: By ``aggregate`` and ``fit``, where the embedding returns something else.
    """

    embedding: Embedding | None = None
    distance: Distance = "cosine"
    vector_share: float = 0.5
    tokenizer: Callable[[str], list[str]] | None = None
    alpha: float = 0.05
    regularization: float = 0.3
    max_iter: int = 100
    tolerance: float = 1e-6

    def __post_init__(self) -> None:
        check_distance(self.distance)
        if not 0 <= self.vector_share <= 1:
            raise SettingsError(f"'vector_share' must be from 0 to 1; it is {self.vector_share}.")
        self._reliability()

    def fit(self, texts: CodedTexts, progress: Progress = no_progress) -> TextFit:
        """Return the texts nearest to the weighted means, and the weights."""
        embedded = EmbeddedTexts.embed(texts, self.embedding, self.distance)
        return self._reliability().fit(embedded, self._local_weights(embedded), progress)

    def _reliability(self) -> Reliability:
        return Reliability(self.alpha, self.regularization, self.max_iter, self.tolerance)

    def _local_weights(self, embedded: EmbeddedTexts) -> FloatArray:
        """Return the mean similarity of each answer to the others to its task, shape (n_answers,)."""
        texts = embedded.texts
        split = self.tokenizer or str.split
        words = [split(text) for text in texts.values.to_list()]
        found = np.ones(len(texts.texts))
        for start, stop in pairwise(texts.offsets.tolist()):
            if stop - start == 1:
                continue
            codes, own, times = np.unique(texts.texts[start:stop], return_inverse=True, return_counts=True)
            alike = self._similarities(embedded.vectors[codes], [words[code] for code in codes])
            # An answer is not compared with itself, but with others that say the same.
            found[start:stop] = ((alike @ times - 1) / (stop - start - 1))[own]
        return np.maximum(found, _LEAST)

    def _similarities(self, vectors: FloatArray, words: list[list[str]]) -> FloatArray:
        """Return how alike the different texts of a task are, shape (n_texts, n_texts); 1 to themselves."""
        away = ((vectors[:, np.newaxis] - vectors) ** 2).sum(axis=2)
        by_words = np.ones_like(away)
        for i, first in enumerate(words):
            for j in range(i):
                by_words[i, j] = by_words[j, i] = gleu(first, words[j])
        alike: FloatArray = self.vector_share * np.exp(-away) + (1 - self.vector_share) * by_words
        return alike
