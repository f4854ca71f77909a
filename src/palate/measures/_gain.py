"""Discounted gain, the sum that DCG and nDCG share."""

from __future__ import annotations

from typing import Literal

import numpy as np

from palate.core.errors import InputError
from palate.measures.base import FloatArray, Hits

__all__ = ["DISCOUNTS", "GAINS", "Discount", "Gain", "discounted_gains"]

Gain = Literal["linear", "exponential"]
Discount = Literal["smooth", "original"]

GAINS = {"linear": "'log2'", "exponential": "'exp-log2'"}
"""Each gain with the text that prints for it."""
DISCOUNTS = {"smooth": "'smooth'", "original": "'original'"}
"""Each discount with the text that prints for it."""

_HIGHEST_EXPONENT = 1000.0
"""2 to this power, summed over a ranking, still is a float64."""


def discounted_gains(
    hits: Hits, n_queries: int, gain: Gain, discount: Discount, cutoff: int | None
) -> FloatArray:
    """Return the discounted gain of each query's hits, shape (n_queries,).

    Args:
        hits: Ranked items with a grade above 0.
        n_queries: How many queries there are.
        gain: ``linear`` is the grade, ``exponential`` 2 to the grade, minus 1 (Burges et al., 2005).
        discount: ``smooth`` is 1 / log2(rank + 1), as of Burges and trec_eval; ``original`` 1 / log2(rank), and 1
            at rank 1 (Järvelin and Kekäläinen, 2002).
        cutoff: How many ranks count; all if None.

    Raises:
        InputError: The gain is exponential and a grade is above 1,000.
    """
    if cutoff is not None:
        hits = hits.where(hits.ranks <= cutoff)
    discounts = np.log2(hits.ranks + 1) if discount == "smooth" else np.log2(np.maximum(hits.ranks, 2))
    weights = _gains(hits.grades, gain) / discounts
    return np.bincount(hits.queries, weights=weights, minlength=n_queries).astype(np.float64, copy=False)


def _gains(grades: FloatArray, gain: Gain) -> FloatArray:
    if gain == "linear":
        return grades
    if grades.max(initial=0.0) > _HIGHEST_EXPONENT:
        raise InputError(
            f"Exponential gain takes grades up to {_HIGHEST_EXPONENT:,.0f}; the highest here is"
            f" {grades.max():g}. Use linear gain or rescale the grades.",
            where="judgments",
            column="grade",
        )
    return np.exp2(grades) - 1.0
