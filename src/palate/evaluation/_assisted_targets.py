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

_FUSION = 60
"""Of reciprocal rank fusion, as its authors have it."""
_PARTS_BELOW, _PARTS_WEIGHING = 3, 5
"""With 100 labels more parts are too many to learn, and with 400 fewer lose what the systems tell (tried on TREC DL 2023)."""


def measure_targets(measure: Measure, ranks: Codes, grades: FloatArray, most_items: int) -> Targets:
    """Return the measure as weights of items and gains of grades.

    Args:
        measure: P, DCG, nDCG or RBP.
        ranks: Each system's rank of every item, 0 where it does not rank it; shape (n_systems, n_items).
        grades: The grades there are, lowest first.
        most_items: How many items the query with the most has.

    Raises:
        SettingsError: It is another measure, or one that takes unjudged items out, or an nDCG whose gains fall.
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
    if isinstance(measure, nDCG) and (np.diff(gains) < 0).any():
        raise SettingsError(
            f"With a model judge a higher grade may not gain less than a lower one, as in {measure}."
        )
    if isinstance(measure, nDCG):
        ideal = np.concatenate([[0.0], np.cumsum(_rank_weights(measure, np.arange(1, depth + 1)))])
    return Targets(weights, gains, ideal)


def grade_targets(factors: Factors, grades: FloatArray) -> Targets:
    """Return the mean grade over all items as the one target."""
    n_items, n_queries = len(factors.queries), factors.sizes[2]
    lowest = float(grades[0])
    return Targets(np.full((1, n_items), n_queries / n_items), grades - lowest)


def rank_bands(weights: FloatArray, ranks: Codes) -> Codes:
    """Return where systems rank every item, as a code: how far they agree that it comes first.

    Items are put in order by reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009) of all systems. Those that weigh
    nothing for any system are cut into three parts, and the others, with higher codes, into five.

    Args:
        weights: What an item's gain counts, shape (n_systems, n_items).
        ranks: Each system's rank of every item, 0 where it does not rank it; the same shape.
    """
    fused = np.where(ranks > 0, 1 / (_FUSION + ranks), 0.0).sum(axis=0)
    weighing = (weights != 0).any(axis=0)
    found = np.zeros(len(fused), dtype=np.int64)
    found[~weighing] = _parts(fused[~weighing], _PARTS_BELOW)
    found[weighing] = _PARTS_BELOW + _parts(fused[weighing], _PARTS_WEIGHING)
    codes: Codes = np.unique(found, return_inverse=True)[1].astype(np.int64)
    return codes


def _parts(values: FloatArray, n_parts: int) -> Codes:
    """Return which of so many parts of about the same size each value is in; ties are in one."""
    if not len(values):
        return np.zeros(0, dtype=np.int64)
    edges = np.quantile(values, np.arange(1, n_parts) / n_parts)
    return np.searchsorted(edges, values, side="left").astype(np.int64)


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
    if isinstance(measure, RBP):
        positive = np.maximum(grades, 0.0)
        if measure.highest_grade is not None and positive[-1] > measure.highest_grade:
            raise InputError(
                f"{measure} takes grades up to {measure.highest_grade:g}; people gave {positive[-1]:g}.",
                where="human",
                column="grade",
            )
        return positive / (measure.highest_grade or 1.0)
    return measure.gains_of(grades)
