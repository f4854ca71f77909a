"""Miscalibration: how far what is shown is from the mix that a user took before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from palate.core.errors import InputError
from palate.measures.catalogue.base import CatalogueMeasure, FloatArray, Need, Recommendations

__all__ = ["Miscalibration"]


@dataclass(frozen=True)
class Miscalibration(CatalogueMeasure):
    """How far the mix of features shown diverges from that of the user's interactions, in nats; 0 is calibrated.

    Each item spreads a weight of 1 evenly over its features (genres); the mixes are the means over the user's items, p,
    and over those shown, q. The value is the Kullback-Leibler divergence, the sum of p ln(p / ((1 - alpha) q + alpha p)),
    averaged over the queries that have both mixes. Lower is better. Steck, Calibrated recommendations, RecSys 2018, with
    all ranks and interactions weighing alike.

    Args:
        cutoff: How many ranks a user is shown; must be given.
        alpha: How much of p is mixed into q, so that what is not shown at all costs a finite amount, in (0, 1).

    >>> str(Miscalibration(10))
    'Miscalibration@10'
    """

    name: ClassVar[str] = "Miscalibration"
    aliases: ClassVar[tuple[str, ...]] = ("Calibration",)
    numbers: ClassVar[dict[str, tuple[float, float]]] = {"alpha": (1e-9, 1 - 1e-9)}
    needs_cutoff: ClassVar[bool] = True
    needs: ClassVar[frozenset[Need]] = frozenset({"interactions", "features"})

    cutoff: int = 0  # refused by the check, so that the error can say what to write
    alpha: float = 0.01

    def value(self, recommendations: Recommendations) -> float:
        """Return the mean, from 0.

        Raises:
            InputError: There are no features or interactions, a feature is below 0, or no query has both mixes.
        """
        features, known = recommendations.features, recommendations.known
        if features is None or known is None:
            raise InputError(
                f"{self} needs features of the items and interactions of the users.", where="features"
            )
        if (features < 0).any():
            raise InputError(
                f"{self} needs features from 0, such as 1 for every genre an item is of.", where="features"
            )
        sums = features.sum(axis=1, keepdims=True)
        mixes = features / np.where(sums > 0, sums, 1.0)
        queries, items = recommendations.first(self.cutoff)
        ends = np.searchsorted(queries, np.arange(recommendations.n_queries + 1))
        values = [
            self._divergence(mixes[of_user].sum(axis=0), mixes[items[start:end]].sum(axis=0))
            for of_user, start, end in zip(known, ends, ends[1:], strict=False)
            if sums[of_user].any() and sums[items[start:end]].any()
        ]
        if not values:
            raise InputError(
                f"{self} needs a query whose user has interactions with items that have features; none has. Write"
                " queries as the users of the interactions.",
                where="runs",
            )
        return float(np.mean(values))

    def _divergence(self, taken: FloatArray, shown: FloatArray) -> float:
        p, q = taken / taken.sum(), shown / shown.sum()
        p, q = p[p > 0], q[p > 0]
        return max(float(np.sum(p * np.log(p / ((1.0 - self.alpha) * q + self.alpha * p)))), 0.0)
