"""Cover what the user may be after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.recommend.diversify.base import Candidates, Diversifier, FloatArray, IndexArray

__all__ = ["XQuAD"]


@dataclass(frozen=True)
class XQuAD(Diversifier):
    """Explicit query aspect diversification, categories being the aspects. Santos, Macdonald and Ounis, WWW 2010.

    An item i gains (1 − diversity) · relevance(i) + diversity · Σ over categories c of
    P(c) · P(i | c) · Π over the chosen j of (1 − P(j | c)): more for categories that the user is after and that nothing
    above has covered. P(i | c) is relevance(i) times the share that c has in i, so that an irrelevant item covers
    nothing. P(c) is how often c is in the user's past; without a past all categories of the candidates count alike.
    """

    needs_categories: ClassVar[bool] = True

    def gains(self, candidates: Candidates, chosen: IndexArray) -> FloatArray:
        """Return relevance and what is covered anew."""
        covering = candidates.relevance[:, None] * candidates.vectors
        present = candidates.vectors.any(axis=0)
        alike = present / max(1, int(present.sum()))
        wanted = alike if candidates.target is None else candidates.target
        uncovered = np.prod(1 - covering[chosen], axis=0)
        anew: FloatArray = covering @ (wanted * uncovered)
        return (1 - self.diversity) * candidates.relevance + self.diversity * anew
