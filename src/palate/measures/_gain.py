"""Discounted gain, the sum that DCG and nDCG share."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from palate.core.errors import InputError, SettingsError
from palate.measures._printed import is_number, plain_number
from palate.measures.base import FloatArray, GradedRankings, Hits, Measure

__all__ = ["DISCOUNTS", "GAINS", "Discount", "DiscountedGain", "Gain", "GradeGains", "discounted_gains"]

Gain = Literal["linear", "exponential"]
Discount = Literal["smooth", "original"]

GAINS = {"linear": "'log2'", "exponential": "'exp-log2'"}
"""Each gain with the text that prints for it."""
DISCOUNTS = {"smooth": "'smooth'", "original": "'original'"}
"""Each discount with the text that prints for it."""

_HIGHEST_EXPONENT = 1000.0
"""2 to this power, summed over a ranking, still is a float64."""


class GradeGains(Mapping[float, float]):
    """What grades gain, those that gain themselves left out: two that say the same are equal and print alike.

    Args:
        gains: From grade to gain.

    Raises:
        SettingsError: They are no mapping from finite number to finite number.

    >>> GradeGains({2: 3, 0: 0, 1: 1}), GradeGains({2: 3}) == GradeGains({1: 1, 2: 3.0})
    ({2:3}, True)
    """

    def __init__(self, gains: Mapping[Any, Any]) -> None:
        if not isinstance(gains, Mapping) or not all(map(_is_finite, (*gains, *gains.values()))):
            raise SettingsError(
                f"The setting gains must map grades to gains, numbers both, such as {{0:0,1:1,2:3}}; it is {gains!r}."
            )
        changed = {grade: gain for grade, gain in gains.items() if grade != gain}
        self._gains = {float(grade): float(changed[grade]) for grade in sorted(changed)}

    def __getitem__(self, grade: float) -> float:
        return self._gains[grade]

    def __iter__(self) -> Iterator[float]:
        return iter(self._gains)

    def __len__(self) -> int:
        return len(self._gains)

    def __hash__(self) -> int:
        return hash(tuple(self._gains.items()))

    def __repr__(self) -> str:
        shown = (f"{plain_number(grade)}:{plain_number(gain)}" for grade, gain in self._gains.items())
        return f"{{{','.join(shown)}}}"

    def of(self, grades: FloatArray) -> FloatArray:
        """Return what grades gain: themselves, if nothing else is said; NaN stays."""
        found = grades.copy()
        for grade, gain in self._gains.items():
            found[grades == grade] = gain
        return found

    def graded(self, rankings: GradedRankings) -> GradedRankings:
        """Return the rankings with the gains for grades."""
        judged = self.of(rankings.judged_grades)
        queries = np.repeat(np.arange(rankings.n_queries), np.diff(rankings.judged_offsets))
        highest_first = judged[np.lexsort((-judged, queries))]
        return GradedRankings(
            rankings.offsets, self.of(rankings.grades), rankings.judged_offsets, highest_first
        )


@dataclass(frozen=True)
class DiscountedGain(Measure):
    """What DCG and nDCG have in common.

    Args:
        cutoff: How many ranks count; all by default.
        gain: ``linear`` (the grade, as in trec_eval) or ``exponential`` (2 to the grade, minus 1, as of Burges);
            prints as ``dcg``. Grades of 0 and below gain nothing.
        discount: ``smooth``, or ``original``: by log2(rank) from rank 2 on, so that the first two count alike.
        judged_only: Whether items without a judgment are taken out of the rankings first (trec_eval's ``-J``).
        gains: What grades gain instead of themselves, such as ``{1: 1, 2: 3}``; as ir_measures does, they are put in
            the place of the grades before anything else. With linear gain only.
    """

    short: ClassVar[dict[str, str]] = {"gain": "dcg"}
    choices: ClassVar[dict[str, dict[str, str]]] = {"gain": GAINS, "discount": DISCOUNTS}

    cutoff: int | None = None
    gain: Gain = "linear"
    discount: Discount = "smooth"
    judged_only: bool = False
    gains: Mapping[float, float] | None = None

    def __post_init__(self) -> None:
        if self.gains is not None:  # in one form, so that measures compare, and that can be hashed
            object.__setattr__(self, "gains", GradeGains(self.gains) or None)
        super().__post_init__()
        if self.gains is not None and self.gain != "linear":
            raise SettingsError(
                f"{self.name} takes gains or dcg='exp-log2', not both: gains are gains already."
            )

    def gains_of(self, grades: FloatArray) -> FloatArray:
        """Return what items of these grades gain before the discount; NaN stays.

        Raises:
            InputError: The gain is exponential and a grade is above 1,000.
        """
        positive = np.maximum(self._graded(grades), 0.0)
        return positive if self.gain == "linear" else _exponential(positive)

    def gaining(self, grades: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return which grades gain anything."""
        return super().gaining(self._graded(grades))

    @property
    def gains_from(self) -> str:
        """Which items gain anything, as words behind "no item"."""
        return super().gains_from if self.gains is None else f"with a gain above 0 by {self.gains}"

    def seen(self, rankings: GradedRankings) -> GradedRankings:
        """Return the rankings as the measure looks at them."""
        if isinstance(self.gains, GradeGains):
            rankings = self.gains.graded(rankings)
        return rankings.seen(judged_only=self.judged_only)

    def _graded(self, grades: FloatArray) -> FloatArray:
        return self.gains.of(grades) if isinstance(self.gains, GradeGains) else grades


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
    gains = hits.grades if gain == "linear" else _exponential(hits.grades)
    weights = gains / discounts
    return np.bincount(hits.queries, weights=weights, minlength=n_queries).astype(np.float64, copy=False)


def _exponential(grades: FloatArray) -> FloatArray:
    if grades.max(initial=0.0) > _HIGHEST_EXPONENT:
        raise InputError(
            f"Exponential gain takes grades up to {_HIGHEST_EXPONENT:,.0f}; the highest here is"
            f" {grades.max():g}. Use linear gain or rescale the grades.",
            where="judgments",
            column="grade",
        )
    return np.exp2(grades) - 1.0


def _is_finite(value: object) -> bool:
    return is_number(value) and math.isfinite(value)
