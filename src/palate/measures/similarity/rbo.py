"""Rank-biased overlap."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.measures.similarity.base import Ranking, Similarity

__all__ = ["RBO"]


@dataclass(frozen=True)
class RBO(Similarity):
    """Overlap of the first d ids, averaged over depths d whose weight falls as p^d; 0 is disjoint.

    Rankings may hold different ids and differ in length. What is not seen of them is extrapolated from what is:
    it is taken to overlap as the deepest ranks do. Webber, Moffat and Zobel, A similarity measure for indefinite
    rankings, TOIS 2010, equation 32 (RBO_ext).

    Args:
        p: How slowly weight falls, in (0, 1): the first 10 ranks carry 86% at 0.9, the first 50 at 0.98.

    >>> RBO(p=0.5).value("ab", "ac")
    0.75
    """

    name: ClassVar[str] = "RBO"
    numbers: ClassVar[dict[str, tuple[float, float]]] = {"p": (1e-6, 1 - 1e-6)}

    p: float = 0.9

    def _value(self, one: Ranking, other: Ranking) -> float:
        short, long = sorted((one, other), key=len)
        ranks = {item: rank for rank, item in enumerate(short, 1)}
        met = [max(rank, ranks[item]) for rank, item in enumerate(long, 1) if item in ranks]
        overlap = np.cumsum(np.bincount(met, minlength=len(long) + 1))[1:].astype(np.float64)
        depths = np.arange(1, len(long) + 1)
        weights = self.p**depths
        s, l = len(short), len(long)  # noqa: E741 (the paper's letters)
        at_s, at_l = overlap[s - 1], overlap[l - 1]
        beyond = slice(s, l)
        seen = overlap / depths
        seen[beyond] += at_s * (depths[beyond] - s) / (s * depths[beyond])
        deepest = ((at_l - at_s) / l + at_s / s) * self.p**l
        return float(min((1 - self.p) / self.p * math.fsum(seen * weights) + deepest, 1.0))
