"""What every measure of diverse rankings takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.measures._printed import Printed

__all__ = ["SubtopicGrades", "SubtopicMeasure"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SubtopicGrades:
    """One query's ranking, with a grade a subtopic.

    Args:
        ranked: float64, shape (n_ranked, n_subtopics), best rank first; 0 for a subtopic that an item was not judged
            on, NaN throughout for an item that has no grade from 0.
        judged: float64, shape (n_judged, n_subtopics): all judged items of the query, by id; likewise.
    """

    ranked: FloatArray
    judged: FloatArray

    def relevant(self, relevant_from: float, *, judged_only: bool = False) -> tuple[FloatArray, FloatArray]:
        """Return ``ranked`` and ``judged`` as 0 and 1, of the subtopics for which any item is relevant.

        Args:
            relevant_from: The lowest relevant grade, above 0.
            judged_only: Whether to leave out ranked items that have no grade from 0.
        """
        judged = self.judged >= relevant_from
        wanted = judged.any(axis=0)
        seen = self.ranked[~np.isnan(self.ranked).all(axis=1)] if judged_only else self.ranked
        ranked = seen >= relevant_from
        return ranked[:, wanted].astype(np.float64), judged[:, wanted].astype(np.float64)


@dataclass(frozen=True)
class SubtopicMeasure(Printed, ABC):
    """A measure of one ranking by judgments of each meaning of the query, such as ``alpha_nDCG@10``.

    A query for which no item is relevant has the value 0.
    """

    @abstractmethod
    def value(self, grades: SubtopicGrades) -> float:
        """Return the value of a query."""
