"""Maximal marginal relevance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.recommend.diversify.base import Candidates, Diversifier, FloatArray, IndexArray

__all__ = ["MMR"]


@dataclass(frozen=True)
class MMR(Diversifier):
    """Relevance less the similarity to the most similar item above. Carbonell and Goldstein, SIGIR 1998.

    An item gains (1 − diversity) · relevance − diversity · max over the chosen of the cosine. The paper's λ is
    1 − diversity. An item of which nothing is known is similar to none.
    """

    def gains(self, candidates: Candidates, chosen: IndexArray) -> FloatArray:
        """Return relevance less similarity."""
        relevance = (1 - self.diversity) * candidates.relevance
        if not len(chosen):
            return relevance
        largest = np.abs(candidates.vectors).max(axis=1, keepdims=True)
        scaled = np.divide(
            candidates.vectors, largest, out=np.zeros_like(candidates.vectors), where=largest > 0
        )
        lengths = np.linalg.norm(scaled, axis=1, keepdims=True)
        units = np.divide(scaled, lengths, out=np.zeros_like(scaled), where=lengths > 0)
        similarity: FloatArray = (units @ units[chosen].T).max(axis=1)
        return relevance - self.diversity * similarity
