"""Several comparisons at once: p-values that count them all, and intervals that say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from palate.core.errors import SettingsError, UnknownNameError
from palate.inference.base import FloatArray

__all__ = ["Correction", "Multiplicity", "adjusted_p_values", "comparison_confidence"]

Correction = Literal["holm", "bh", "none"]


@dataclass(frozen=True)
class Multiplicity:
    """What a comparison owes to those made beside it.

    Args:
        correction: ``holm`` or ``bh``.
        comparisons: How many there are in all.
        p_value: This one's adjusted p-value.
        confidence: Of its interval were it the only one, at least as high as the one stated for all.
    """

    correction: Correction
    comparisons: int
    p_value: float
    confidence: float

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "correction": self.correction,
            "comparisons": self.comparisons,
            "p_value": self.p_value,
            "confidence": self.confidence,
        }

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Multiplicity:
        """Return what :meth:`to_dict` saved; a KeyError names what is missing."""
        return cls(saved["correction"], saved["comparisons"], saved["p_value"], saved["confidence"])


def adjusted_p_values(p_values: Sequence[float] | FloatArray, correction: Correction) -> FloatArray:
    """Return p-values that count how many there are; what holds of them at 0.05 holds for all at once.

    ``holm``: at most 5% of families get any false winner (Holm, A simple sequentially rejective multiple test
    procedure, Scandinavian Journal of Statistics, 1979), however the comparisons depend on each other.
    ``bh``: of the winners named, at most 5% are false on average (Benjamini and Hochberg, JRSS B, 1995), where
    comparisons are independent or depend on each other positively. ``none`` returns them as they are.

    Args:
        p_values: Shape (m,).
        correction: ``holm``, ``bh`` or ``none``.

    Raises:
        UnknownNameError: There is no such correction.
        SettingsError: A p-value is not between 0 and 1.

    >>> adjusted_p_values([0.01, 0.04, 0.03], "holm").round(3).tolist()
    [0.03, 0.06, 0.06]
    >>> adjusted_p_values([0.01, 0.04, 0.03], "bh").round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    _check_correction(correction)
    found = np.asarray(p_values, dtype=np.float64)
    if not ((found >= 0) & (found <= 1)).all():
        raise SettingsError(f"P-values must be between 0 and 1; they are {found.tolist()}.")
    if correction == "none" or not len(found):
        return found
    order = np.argsort(found, kind="stable")
    ordered, place = found[order], np.arange(1, len(found) + 1)
    if correction == "holm":
        stepped = np.maximum.accumulate(ordered * (len(found) + 1 - place))
    else:
        stepped = np.minimum.accumulate((ordered * len(found) / place)[::-1])[::-1]
    adjusted = np.empty_like(found)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def comparison_confidence(
    p_values: Sequence[float] | FloatArray, correction: Correction, confidence: float
) -> float:
    """Return the confidence at which each interval of a family is drawn, so that it agrees with the adjusted p-value.

    Intervals of 95% beside adjusted p-values would contradict them: 0 outside, and no winner. And of intervals
    looked at because they leave 0 out, more than 5% miss. Drawn at 1 - R α / m, where R of m comparisons have
    an adjusted p-value of α or less (R at least 1), at most α of the winners' intervals miss on average
    (Benjamini and Yekutieli, False discovery rate-adjusted multiple confidence intervals, JASA 2005), and for
    ``bh`` an interval leaves 0 out exactly where its adjusted p-value is at most α, if the test's own interval
    and p-value agree. For ``holm``, which names fewer winners, they are drawn at 1 - α / (m - R) where that is
    more, with which the same holds. Bonferroni's intervals, at 1 - α / m, would hold all truths at once, but
    contradict winners of either correction; they are what these are where one winner or none is named.

    Raises:
        UnknownNameError: There is no such correction.
    """
    _check_correction(correction)
    m, outside = len(p_values), 1 - confidence
    if correction == "none" or m < 2:
        return confidence
    named = int(np.count_nonzero(adjusted_p_values(p_values, correction) <= outside + 1e-12))
    missing = outside * max(named, 1) / m
    if correction == "holm" and named < m:
        missing = min(missing, outside / (m - named))
    return 1 - missing


def _check_correction(correction: str) -> None:
    if correction not in get_args(Correction):
        raise UnknownNameError("correction", correction, get_args(Correction))
