"""Measures that are sums over ranked items of rank weight times gain, perhaps as a share of what there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from palate.core.errors import SettingsError
from palate.measures import DCG, RBP, Measure, P, R, nDCG

__all__ = ["Form", "form_of"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Form:
    """A measure as a sum over ranked items of rank weight times gain, perhaps as a share of what there is.

    Args:
        weights: The weight of each rank (from 1).
        gains: The gain of each grade.
        cutoff: How many ranks count; all if None.
        share_of: What the sum is a share of: nothing, the number of relevant items, or the best sum there is.
    """

    weights: Callable[[FloatArray], FloatArray]
    gains: Callable[[FloatArray], FloatArray]
    cutoff: int | None
    share_of: Literal["nothing", "relevant", "ideal"]

    def at(self, ranks: IntArray) -> FloatArray:
        """Return the weight of each rank; 0 beyond the cutoff and for rank 0, which is none."""
        counts = ranks > 0 if self.cutoff is None else (ranks > 0) & (ranks <= self.cutoff)
        return np.where(counts, self.weights(np.maximum(ranks, 1).astype(np.float64)), 0.0)

    def sums(self, n_ranks: IntArray) -> FloatArray:
        """Return the sum of the weights of the first ranks, as many as each number says."""
        deepest = int(n_ranks.max(initial=0))
        sums = np.concatenate([[0.0], np.cumsum(self.at(np.arange(1, deepest + 1)))])
        return np.asarray(sums[n_ranks], dtype=np.float64)


def form_of(measure: Measure) -> Form:
    """Return a measure as a weighted sum.

    Raises:
        SettingsError: It is no such sum, so that it cannot be estimated from a sample item by item.
    """
    if getattr(measure, "judged_only", False):
        raise SettingsError(
            f"{measure} looks only at judged items; in a sample these are chance. Leave judged_only out."
        )
    if isinstance(measure, P):
        return Form(
            lambda ranks: np.full(len(ranks), 1.0 / measure.cutoff),
            _relevant(measure),
            measure.cutoff,
            "nothing",
        )
    if isinstance(measure, R):
        return Form(np.ones_like, _relevant(measure), measure.cutoff, "relevant")
    if isinstance(measure, RBP):
        graded = measure.highest_grade
        gains = _relevant(measure) if graded is None else lambda grades: np.maximum(grades, 0.0) / graded
        return Form(
            lambda ranks: (1 - measure.p) * measure.p ** (ranks - 1), gains, measure.cutoff, "nothing"
        )
    if isinstance(measure, (DCG, nDCG)):
        share: Literal["nothing", "ideal"] = "ideal" if isinstance(measure, nDCG) else "nothing"
        return Form(_rank_discount(measure), measure.gains_of, measure.cutoff, share)
    raise SettingsError(
        f"{measure} cannot be estimated from sampled judgments: it is no sum over single items. What can be:"
        " P, R, DCG, nDCG and RBP, with any settings but judged_only. Judge the whole pool for other measures."
    )


def _rank_discount(measure: DCG | nDCG) -> Callable[[FloatArray], FloatArray]:
    """Return the measure's discount as a function of ranks."""
    if measure.discount == "smooth":
        return lambda ranks: 1.0 / np.log2(ranks + 1.0)
    return lambda ranks: 1.0 / np.log2(np.maximum(ranks, 2.0))


def _relevant(measure: P | R | RBP) -> Callable[[FloatArray], FloatArray]:
    return lambda grades: (grades >= measure.relevant_from).astype(np.float64)
