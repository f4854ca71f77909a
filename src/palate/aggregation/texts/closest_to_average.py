"""Closest to average: of each task's texts the one nearest to the mean of their vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.aggregation.texts._embedded import Distance, EmbeddedTexts, Embedding, check_distance
from palate.aggregation.texts.base import CodedTexts, TextAggregator, TextFit
from palate.core.progress import Progress, no_progress

__all__ = ["ClosestToAverage"]


@dataclass(frozen=True)
class ClosestToAverage(TextAggregator):
    """Of each task's texts the one whose vector is nearest to the mean of all; every answer counts the same.

    Of texts equally near, the one given most often is taken, then the first in the alphabet.

    Args:
        embedding: Any function that turns n texts into an array of n rows, such as a language model's; None takes
            ``HashedCharacters``, which needs no model and knows spelling only.
        distance: ``cosine`` (vectors are brought to length 1 first) or ``euclidean``.

    Raises:
        InputError: By ``aggregate`` and ``fit``, where the embedding returns something else.

    >>> import polars as pl
    >>> texts = pl.DataFrame({"task": [1, 1, 1], "annotator": ["a", "b", "c"],
    ...                       "text": ["good morning", "good morning!", "good mourning"]})
    >>> ClosestToAverage().aggregate(texts).texts.rows()
    [(1, 'good morning')]
    """

    embedding: Embedding | None = None
    distance: Distance = "cosine"

    def __post_init__(self) -> None:
        check_distance(self.distance)

    def fit(self, texts: CodedTexts, progress: Progress = no_progress) -> TextFit:
        """Return the texts nearest to the mean."""
        embedded = EmbeddedTexts.embed(texts, self.embedding, self.distance)
        found = embedded.nearest(np.ones(len(texts.texts)))
        progress(1, 1)
        return TextFit(found, np.ones(len(texts.annotator_ids)))
