"""What every measure of rankings is: a value that prints, parses, compares, and computes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from palate.core.errors import InputError
from palate.measures._printed import Printed

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

    def where(self, keep: npt.NDArray[np.bool_ | np.int64]) -> Hits:
        """Return the hits for which ``keep`` is true, or, if it holds numbers, the hits at these places."""
        return Hits(self.queries[keep], self.ranks[keep], self.grades[keep])

    def in_steps(self, n_queries: int) -> Iterator[npt.NDArray[np.int64]]:
        """Yield the rows of every query's first hit, then of every second hit, and so on."""
        counts = np.bincount(self.queries, minlength=n_queries)
        most_first = np.argsort(-counts, kind="stable")
        starts, counts = (np.cumsum(counts) - counts)[most_first], counts[most_first]
        for step in range(int(counts.max(initial=0))):
            yield starts[: np.searchsorted(-counts, -step)] + step


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

    @property
    def ranked_counts(self) -> npt.NDArray[np.int64]:
        """How many items each query ranks, shape (n_queries,)."""
        return np.diff(self.offsets)

    @cached_property
    def hits(self) -> Hits:
        """The ranked items with a grade above 0: all that a measure needs beyond counts."""
        return _hits(self.offsets, self.grades)

    @cached_property
    def ideal_hits(self) -> Hits:
        """What ``hits`` would be if all judged items were ranked, highest grade first."""
        return _hits(self.judged_offsets, self.judged_grades)

    @cached_property
    def judged_part(self) -> GradedRankings:
        """The rankings without the items that nobody judged or whose grade is below 0 (trec_eval's ``-J``)."""
        return self._only(self.grades >= 0)  # NaN, not judged, is not

    def first(self, depth: int) -> GradedRankings:
        """Return the rankings cut off behind this rank (trec_eval's ``-M``)."""
        if not len(self.grades) or self.ranked_counts.max() <= depth:
            return self
        ranks = np.arange(len(self.grades)) - np.repeat(self.offsets[:-1], self.ranked_counts) + 1
        return self._only(ranks <= depth)

    def seen(self, *, judged_only: bool) -> GradedRankings:
        """Return ``judged_part`` or the rankings as they are."""
        return self.judged_part if judged_only else self

    def found(self, relevant_from: float, cutoff: int | None = None) -> Hits:
        """Return the ranked items of this grade or a higher one, those of the first ranks if there is a cutoff."""
        keep = self.hits.grades >= relevant_from
        return self.hits.where(keep if cutoff is None else keep & (self.hits.ranks <= cutoff))

    def found_counts(self, relevant_from: float, cutoff: int | None = None) -> FloatArray:
        """Return how many items ``found`` has of each query, shape (n_queries,)."""
        found = self.found(relevant_from, cutoff)
        return np.bincount(found.queries, minlength=self.n_queries).astype(np.float64)

    def earlier(self, flags: npt.NDArray[np.bool_], hits: Hits) -> FloatArray:
        """Return how many ranked items with a true flag each hit has before it in its ranking.

        Args:
            flags: One a ranked item, shape (n_ranked,).
            hits: Some of the ranked items.
        """
        before = np.concatenate([[0], np.cumsum(flags)])
        starts = self.offsets[hits.queries]
        earlier: FloatArray = (before[starts + hits.ranks - 1] - before[starts]).astype(np.float64)
        return earlier

    def relevant_counts(self, relevant_from: float) -> FloatArray:
        """Return how many judged items of each query have this grade or a higher one, shape (n_queries,)."""
        ideal = self.ideal_hits
        return np.bincount(ideal.queries[ideal.grades >= relevant_from], minlength=self.n_queries).astype(
            np.float64
        )

    def irrelevant_counts(self, relevant_from: float) -> FloatArray:
        """Return how many items of each query are judged not relevant: of a grade from 0, but below this one."""
        before = np.concatenate(
            [[0], np.cumsum((self.judged_grades >= 0) & (self.judged_grades < relevant_from))]
        )
        return np.diff(before[self.judged_offsets]).astype(np.float64)

    def refuse_grades_above(self, highest_grade: float, measure: Measure) -> None:
        """Refuse grades that are not of the measure's scale.

        Raises:
            InputError: A judged grade is above ``highest_grade``.
        """
        highest = self.judged_grades.max(initial=0.0)
        if highest > highest_grade:
            raise InputError(
                f"{measure.name} takes grades up to {highest_grade:g}; the highest here is {highest:g}. Say so, as in"
                f" {measure.name}(max_rel={highest:g}), or rescale the grades.",
                where="judgments",
                column="grade",
            )

    def _only(self, keep: npt.NDArray[np.bool_]) -> GradedRankings:
        before = np.concatenate([[0], np.cumsum(keep)])
        return GradedRankings(
            before[self.offsets], self.grades[keep], self.judged_offsets, self.judged_grades
        )


@dataclass(frozen=True)
class Measure(Printed, ABC):
    """A measure with its settings, such as ``nDCG@10`` or ``P(rel=2)@5``; see :class:`Printed`."""

    highest: ClassVar[float] = 1.0
    """The greatest value there can be; the least is 0."""
    needs_relevant: ClassVar[bool] = True
    """Whether a query for which nothing relevant is judged has the value 0 for every system."""
    adds_up: ClassVar[bool] = False
    """Whether summaries hold the sum over queries instead of the mean, as trec_eval's do of counts."""

    @abstractmethod
    def per_query(self, rankings: GradedRankings) -> FloatArray:
        """Return one value a query, shape (n_queries,)."""

    def gaining(self, grades: FloatArray) -> npt.NDArray[np.bool_]:
        """Return which grades gain anything."""
        relevant_from = getattr(self, "relevant_from", None)
        return grades > 0 if relevant_from is None else grades >= relevant_from

    @property
    def gains_from(self) -> str:
        """Which items gain anything, as words behind "no item"."""
        relevant_from = getattr(self, "relevant_from", None)
        return "of grade above 0" if relevant_from is None else f"of grade {relevant_from:g} or more"


def _hits(offsets: npt.NDArray[np.int64], grades: FloatArray) -> Hits:
    positions = np.flatnonzero(grades > 0)
    queries = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))[positions]
    return Hits(queries, positions - offsets[queries] + 1, grades[positions])
