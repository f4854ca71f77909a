"""What every measure of rankings is: a value that prints, parses, compares, and computes."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from functools import cached_property
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from palate.core.errors import SettingsError

__all__ = ["FloatArray", "GradedRankings", "Hits", "Measure"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Hits:
    """Ranked items with a grade above 0, by query and then by rank.

    Args:
        queries: int64, shape (n_hits,): which query each belongs to.
        ranks: int64, shape (n_hits,), from 1.
        grades: float64, shape (n_hits,).
    """

    queries: npt.NDArray[np.int64]
    ranks: npt.NDArray[np.int64]
    grades: FloatArray

    def where(self, keep: npt.NDArray[np.bool_]) -> Hits:
        """Return the hits for which ``keep`` is true."""
        return Hits(self.queries[keep], self.ranks[keep], self.grades[keep])


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

    @cached_property
    def hits(self) -> Hits:
        """The ranked items with a grade above 0: all that a measure needs beyond counts."""
        return _hits(self.offsets, self.grades)

    @cached_property
    def ideal_hits(self) -> Hits:
        """What ``hits`` would be if all judged items were ranked, highest grade first."""
        return _hits(self.judged_offsets, self.judged_grades)

    def relevant_counts(self, relevant_from: float) -> FloatArray:
        """Return how many judged items of each query have this grade or a higher one, shape (n_queries,)."""
        ideal = self.ideal_hits
        return np.bincount(ideal.queries[ideal.grades >= relevant_from], minlength=self.n_queries).astype(
            np.float64
        )


@dataclass(frozen=True)
class Measure(ABC):
    """A measure with its settings, such as ``nDCG@10`` or ``P(rel=2)@5``.

    Subclasses are frozen dataclasses; ``cutoff`` (if they have it) prints behind ``@``, other settings that
    differ from their defaults print in brackets under the names in ``short``. The text parses back to an
    equal measure.

    Raises:
        SettingsError: ``cutoff`` is no whole number from 1, ``relevant_from`` no number above 0, or a setting
            with ``choices`` is none of them.
    """

    name: ClassVar[str]
    """How the measure prints: ``nDCG``."""
    aliases: ClassVar[tuple[str, ...]] = ()
    """Other names it answers to."""
    short: ClassVar[dict[str, str]] = {}
    """Setting's field name to its printed name, such as ``{"relevant_from": "rel"}``."""
    choices: ClassVar[dict[str, dict[str, str]]] = {}
    """Setting's field name to the values it may take, each with the text that prints for it."""
    needs_cutoff: ClassVar[bool] = False
    """Whether the measure says nothing without a cutoff."""

    def __post_init__(self) -> None:
        cutoff = getattr(self, "cutoff", None)
        if self.needs_cutoff and not cutoff:
            raise SettingsError(f"{self.name} needs a cutoff, a whole number from 1, such as {self.name}@10.")
        if cutoff is not None and not (_is_whole(cutoff) and cutoff >= 1):
            raise SettingsError(
                f"The cutoff of {self.name} must be a whole number from 1, such as {self.name}@10;"
                f" it is {cutoff!r}."
            )
        relevant_from = getattr(self, "relevant_from", 1.0)
        if not (_is_number(relevant_from) and 0 < relevant_from < math.inf):
            raise SettingsError(
                f"The setting rel of {self.name}, the lowest relevant grade, must be a number above 0 (grades"
                f" of 0 and below never count as relevant); it is {relevant_from!r}."
            )
        for field, allowed in self.choices.items():
            value = getattr(self, field)
            if value not in allowed:
                short = self.short.get(field, field)
                listed = " or ".join(f"{choice} ({short}={shown})" for choice, shown in allowed.items())
                raise SettingsError(f"The setting {field} of {self.name} must be {listed}; it is {value!r}.")

    @abstractmethod
    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value a query, shape (n_queries,)."""

    def __str__(self) -> str:
        shown = [
            f"{self.short.get(f.name, f.name)}={self._printed(f.name)}"
            for f in fields(self)
            if f.name != "cutoff" and getattr(self, f.name) != f.default
        ]
        cutoff = getattr(self, "cutoff", None)
        return f"{self.name}{'(' + ', '.join(shown) + ')' if shown else ''}{f'@{cutoff}' if cutoff else ''}"

    def _printed(self, field: str) -> str:
        value = getattr(self, field)
        if field in self.choices:
            return self.choices[field][value]
        if not _is_number(value):
            return repr(value)
        return str(int(value)) if value == int(value) else repr(float(value))


def _hits(offsets: npt.NDArray[np.int64], grades: FloatArray) -> Hits:
    positions = np.flatnonzero(grades > 0)
    queries = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))[positions]
    return Hits(queries, positions - offsets[queries] + 1, grades[positions])


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
