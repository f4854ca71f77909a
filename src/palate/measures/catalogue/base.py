"""What every measure of recommendations from a catalogue takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.measures._printed import Printed

__all__ = ["CatalogueMeasure", "FloatArray", "Recommendations"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Recommendations:
    """One system's rankings of the items of a catalogue, as flat arrays. Every query ranks at least one.

    Args:
        offsets: int64, shape (n_queries + 1,); query q ranks ``items[offsets[q]:offsets[q + 1]]``.
        items: int32, shape (n_ranked,): codes from 0, best rank first.
        users_of_item: float64, shape (n_items,): how many users interacted with each item of the catalogue.
        n_users: How many users interacted with anything.
        features: float64, shape (n_items, n_features), if items are described.
    """

    offsets: npt.NDArray[np.int64]
    items: npt.NDArray[np.int32]
    users_of_item: FloatArray
    n_users: int
    features: FloatArray | None = None

    @property
    def n_queries(self) -> int:
        """How many queries there are."""
        return len(self.offsets) - 1

    def first(self, cutoff: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
        """Return the query and the item of all that is ranked up to ``cutoff``, by query, then by rank."""
        counts = np.diff(self.offsets)
        queries = np.repeat(np.arange(self.n_queries), counts)
        kept = np.arange(len(self.items)) - self.offsets[queries] < cutoff
        return queries[kept], self.items[kept]

    def shown_counts(self, cutoff: int) -> FloatArray:
        """Return to how many queries each item of the catalogue is shown, shape (n_items,)."""
        return np.bincount(self.first(cutoff)[1], minlength=len(self.users_of_item)).astype(np.float64)

    def means(self, of_item: FloatArray, cutoff: int) -> FloatArray:
        """Return the mean of an item's number over what each query is shown, shape (n_queries,)."""
        queries, items = self.first(cutoff)
        sums = np.bincount(queries, weights=of_item[items], minlength=self.n_queries)
        means: FloatArray = sums / np.bincount(queries, minlength=self.n_queries)
        return means


@dataclass(frozen=True)
class CatalogueMeasure(Printed, ABC):
    """A measure of recommendations that needs no judgments, such as ``Cov@10``."""

    @abstractmethod
    def value(self, recommendations: Recommendations) -> float:
        """Return the value of a system."""
