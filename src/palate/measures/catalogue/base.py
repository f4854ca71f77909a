"""What every measure of recommendations from a catalogue takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from palate.measures._printed import Printed

__all__ = ["CatalogueMeasure", "FloatArray", "Need", "Recommendations"]

FloatArray = npt.NDArray[np.float64]
Need = Literal["interactions", "features", "judgments"]


@dataclass(frozen=True)
class Recommendations:
    """One system's rankings of the items of a catalogue, as flat arrays. Every query ranks at least one.

    Args:
        offsets: int64, shape (n_queries + 1,); query q ranks ``items[offsets[q]:offsets[q + 1]]``.
        items: int32, shape (n_ranked,): codes from 0, best rank first.
        users_of_item: float64, shape (n_items,): how many users interacted with each item of the catalogue.
        n_users: How many users interacted with anything.
        features: float64, shape (n_items, n_features), if items are described.
        grades: float64, shape (n_ranked,), if there are judgments; NaN where an item is not judged for the query.
        n_judged: How many queries have judgments, answered or not.
        known: For each query the codes of the items that its user interacted with, if there are interactions.
    """

    offsets: npt.NDArray[np.int64]
    items: npt.NDArray[np.int32]
    users_of_item: FloatArray
    n_users: int
    features: FloatArray | None = None
    grades: FloatArray | None = None
    n_judged: int = 0
    known: tuple[npt.NDArray[np.int32], ...] | None = None

    @property
    def n_queries(self) -> int:
        """How many queries there are."""
        return len(self.offsets) - 1

    def first(self, cutoff: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
        """Return the query and the item of all that is ranked up to ``cutoff``, by query, then by rank."""
        shown = self.shown(cutoff)
        return np.repeat(np.arange(self.n_queries), np.diff(self.offsets))[shown], self.items[shown]

    def shown(self, cutoff: int) -> npt.NDArray[np.bool_]:
        """Return which of the ranked items are shown, shape (n_ranked,)."""
        ranks = np.arange(1, len(self.items) + 1) - np.repeat(self.offsets[:-1], np.diff(self.offsets))
        shown: npt.NDArray[np.bool_] = ranks <= cutoff
        return shown

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
    """A measure of what recommendations show of a catalogue, such as ``Cov@10``."""

    needs: ClassVar[frozenset[Need]] = frozenset()
    """What it asks for beside the catalogue."""

    @abstractmethod
    def value(self, recommendations: Recommendations) -> float:
        """Return the value of a system."""
