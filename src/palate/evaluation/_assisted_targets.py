"""What an item's grade counts in a measure: the weight of its rank, the gain of its grade, and the ideal."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from palate.core.errors import InputError, SettingsError
from palate.inference._sequential_logit import Factors
from palate.inference._unlabelled import Targets
from palate.measures import DCG, RBP, Measure, P, nDCG

__all__ = ["grade_targets", "measure_targets", "rank_bands"]

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


def measure_targets(measure: Measure, ranks: Codes, grades: FloatArray, most_items: int) -> Targets:
    """Return the measure as weights of items and gains of grades.

    Args:
        measure: P, DCG, nDCG or RBP.
        ranks: Each system's rank of every item, 0 where it does not rank it; shape (n_systems, n_items).
        grades: The grades there are, lowest first.
        most_items: How many items the query with the most has.

    Raises:
        SettingsError: It is another measure, or one that takes unjudged items out.
        InputError: No grade gains anything, or one is above the measure's scale.
    """
    if not isinstance(measure, (P, DCG, nDCG, RBP)):
        raise SettingsError(
            f"With a model judge there are P, DCG, nDCG and RBP, whose values are sums over items; {measure} is none of"
            " them. Choose one, such as nDCG@10."
        )
    if getattr(measure, "judged_only", False):
        raise SettingsError(
            f"With a model judge no item is unjudged: write {type(measure).__name__} without judged_only."
        )
    depth = most_items if measure.cutoff is None else min(measure.cutoff, most_items)
    seen = (ranks > 0) & (ranks <= (measure.cutoff or most_items))
    weights = np.where(seen, _rank_weights(measure, np.maximum(ranks, 1)), 0.0)
    gains = _gains(measure, grades)
    if not gains.any():
        raise InputError(
            f"No label of people gains anything on {measure}: the highest grade is {grades[-1]:g}. Ask for more labels, or take a"
            " lower relevant grade.",
            where="human",
        )
    ideal = None
    if isinstance(measure, nDCG):
        ideal = np.concatenate([[0.0], np.cumsum(_rank_weights(measure, np.arange(1, depth + 1)))])
    return Targets(weights, gains, ideal)


def grade_targets(factors: Factors, grades: FloatArray) -> Targets:
    """Return the mean grade over all items as the one target."""
    n_items, n_queries = len(factors.queries), factors.sizes[2]
    lowest = float(grades[0])
    return Targets(np.full((1, n_items), n_queries / n_items), grades - lowest)


def rank_bands(weights: FloatArray) -> Codes:
    """Return 0 for items that weigh nothing for any system, 1 for the lighter half of the others, and 2 for the heavier."""
    heaviest = np.abs(weights).max(axis=0)
    weighing = heaviest > 0
    if not weighing.any():
        return np.zeros(len(heaviest), dtype=np.int64)
    return np.where(weighing, 1 + (heaviest > np.median(heaviest[weighing])), 0)


def _rank_weights(measure: P | DCG | nDCG | RBP, ranks: Codes) -> FloatArray:
    if isinstance(measure, P):
        return np.full(ranks.shape, 1 / measure.cutoff)
    if isinstance(measure, RBP):
        decayed: FloatArray = np.asarray((1 - measure.p) * np.power(measure.p, ranks - 1.0), dtype=np.float64)
        return decayed
    places = ranks + 1 if measure.discount == "smooth" else np.maximum(ranks, 2)
    return (1 / np.log2(places)).astype(np.float64)


def _gains(measure: P | DCG | nDCG | RBP, grades: FloatArray) -> FloatArray:
    if isinstance(measure, P) or (isinstance(measure, RBP) and measure.highest_grade is None):
        return (grades >= measure.relevant_from).astype(np.float64)
    positive = np.maximum(grades, 0.0)
    if isinstance(measure, RBP):
        if measure.highest_grade is not None and positive[-1] > measure.highest_grade:
            raise InputError(
                f"{measure} takes grades up to {measure.highest_grade:g}; people gave {positive[-1]:g}.",
                where="human",
                column="grade",
            )
        return positive / (measure.highest_grade or 1.0)
    return positive if measure.gain == "linear" else np.exp2(positive) - 1.0
