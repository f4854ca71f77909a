"""What every measure of rankings is: a value that prints, parses, compares, and computes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np
import numpy.typing as npt

__all__ = ["GradedRankings", "Measure"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class GradedRankings:
    """One system's rankings with the grade of every ranked item, as flat arrays.

    Queries are those with judgments; a query the system did not answer has an empty ranking.

    Args:
        offsets: int64, shape (n_queries + 1,); query q ranks ``grades[offsets[q]:offsets[q + 1]]``.
        grades: float64, shape (n_ranked,), best rank first; NaN where the item is not judged.
        judged_offsets: int64, shape (n_queries + 1,), into ``judged_grades``.
        judged_grades: float64, shape (n_judged,): all judged grades of each query, highest first.
    """

    offsets: npt.NDArray[np.int64]
    grades: FloatArray
    judged_offsets: npt.NDArray[np.int64]
    judged_grades: FloatArray

    @property
    def n_queries(self) -> int:
        """How many queries there are."""
        return len(self.offsets) - 1


@dataclass(frozen=True)
class Measure(ABC):
    """A measure with its settings, such as ``nDCG@10`` or ``P(rel=2)@5``.

    Subclasses are frozen dataclasses; ``cutoff`` (if they have it) prints behind ``@``, other settings that
    differ from their defaults print in brackets under the names in ``short``.
    """

    name: ClassVar[str]
    """How the measure prints: ``nDCG``."""
    aliases: ClassVar[tuple[str, ...]] = ()
    """Other names it answers to."""
    short: ClassVar[dict[str, str]] = {}
    """Setting's field name to its printed name, such as ``{"relevant_from": "rel"}``."""

    @abstractmethod
    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value a query, shape (n_queries,)."""

    def __str__(self) -> str:
        shown = [
            f"{self.short.get(f.name, f.name)}={_plain(getattr(self, f.name))}"
            for f in fields(self)
            if f.name != "cutoff" and getattr(self, f.name) != f.default
        ]
        cutoff = getattr(self, "cutoff", None)
        return f"{self.name}{'(' + ', '.join(shown) + ')' if shown else ''}{f'@{cutoff}' if cutoff else ''}"


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
