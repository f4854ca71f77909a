"""Comparisons in the order in which they come, as codes, and what they sum to."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation._id_log import IdLog, ranked, with_values
from palate.aggregation.pairs._coded import CodedComparisons
from palate.aggregation.pairs._pair_counts import PairCounts, count_pairs
from palate.aggregation.pairs._tables import code_comparisons
from palate.core.coding import IntArray
from palate.core.errors import InputError
from palate.core.frames import IntoTable

__all__ = ["ComparisonLog", "SortedComparisons"]

_NO_COUNTS = np.zeros((3, 0))


class SortedComparisons:
    """A log as methods take it.

    Args:
        comparisons: Every comparison, with how often each of two that met was preferred.
        ids: The log's code of each thing compared.
        annotators: The log's code of each annotator.
    """

    def __init__(
        self,
        comparisons: CodedComparisons,
        ids: npt.NDArray[np.int64],
        annotators: npt.NDArray[np.int64],
    ) -> None:
        self.comparisons = comparisons
        self.ids = ids
        self.annotators = annotators


class ComparisonLog:
    """Comparisons by arrival, and how often each of two that met was preferred.

    Counts are brought up to date when they are asked for, with as much work as there are new comparisons and pairs.
    """

    def __init__(self) -> None:
        self.ids, self.annotator_ids = IdLog("item"), IdLog("annotator")
        self.left, self.right, self.annotators = (np.empty(0, dtype=np.int32) for _ in range(3))
        self.outcome = np.empty(0, dtype=np.int8)
        self._n = self._n_counted = 0
        self._pairs = np.empty(0, dtype=np.int64)
        self._counts = _NO_COUNTS

    def __len__(self) -> int:
        return self._n

    def add(self, comparisons: IntoTable) -> None:
        """Add comparisons; nothing is added if any of them is refused.

        Raises:
            InputError: They are no comparisons, or have ids of other types than those before.
        """
        new = code_comparisons(comparisons)
        self.ids.check(new.ids.alias("item"), "comparisons")
        if len(new.annotator_ids):
            self.annotator_ids.check(new.annotator_ids.alias("annotator"), "comparisons")
        codes = self.ids.extend(new.ids)
        people = np.append(
            self._extend_annotators(new.annotator_ids), np.int32(-1)
        )  # the last is that of nobody
        self.left = with_values(self.left, self._n, codes[new.left])
        self.right = with_values(self.right, self._n, codes[new.right])
        self.outcome = with_values(self.outcome, self._n, new.outcome)
        self.annotators = with_values(self.annotators, self._n, people[new.annotators])
        self._n += len(new.left)

    def remove(self, annotator: object) -> None:
        """Take out all comparisons of an annotator.

        Raises:
            InputError: There are none.
        """
        code = self.annotator_ids.code(annotator)
        gone = self.annotators[: self._n] == (-2 if code is None else code)
        if not gone.any():
            raise InputError(f"There is no comparison by annotator {annotator!r}.", column="annotator")
        self._count()
        self._merge(
            *_cells(self.left[: self._n][gone], self.right[: self._n][gone], self.outcome[: self._n][gone]),
            -1,
        )
        kept = ~gone
        self.left, self.right, self.outcome, self.annotators = (
            array[: self._n][kept] for array in (self.left, self.right, self.outcome, self.annotators)
        )
        self._n = self._n_counted = len(self.left)

    def sorted(self) -> SortedComparisons:
        """Return all comparisons as methods take them: what is in none of them is not there.

        Raises:
            InputError: There are no comparisons.
        """
        if not self._n:
            raise InputError("There are no comparisons yet. Add some first.")
        self._count()
        left, right, people = (x[: self._n] for x in (self.left, self.right, self.annotators))
        first, second = self._pairs >> 32, self._pairs & 0xFFFFFFFF
        met = np.flatnonzero(np.bincount(np.append(first, second), minlength=len(self.ids)))
        coded, ids = ranked(self.ids, met, np.concatenate([left, right]))
        named = np.flatnonzero(np.bincount(people[people >= 0], minlength=len(self.annotator_ids)))
        annotator_ids, order = pl.Series("annotator", [], dtype=pl.String), np.empty(0, dtype=np.int64)
        coded_people = np.full(self._n, -1, dtype=np.int32)
        if len(named):
            who, order = ranked(self.annotator_ids, named, people[people >= 0])
            coded_people[people >= 0] = who.codes
            annotator_ids = who.values
        rank = np.zeros(len(self.ids), dtype=np.int32)
        rank[ids] = np.arange(len(ids))
        comparisons = CodedComparisons(
            left=coded.codes[: self._n],
            right=coded.codes[self._n :],
            outcome=self.outcome[: self._n],
            annotators=coded_people,
            ids=coded.values,
            annotator_ids=annotator_ids,
            counted=_recoded(rank[first], rank[second], self._counts),
        )
        return SortedComparisons(comparisons, ids, order)

    def restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        """Take these comparisons, as codes of the ids there are, for those that came.

        Raises:
            ValueError: There is no such id, arrays differ in length, or something is compared with itself.
        """
        self.left, self.right, self.annotators = (
            arrays[name].astype(np.int32, copy=False) for name in ("left", "right", "annotators")
        )
        self.outcome, self._n = arrays["outcome"].astype(np.int8, copy=False), len(arrays["left"])
        _check_codes(self.left, self._n, 0, len(self.ids))
        _check_codes(self.right, self._n, 0, len(self.ids))
        _check_codes(self.annotators, self._n, -1, len(self.annotator_ids))
        _check_codes(self.outcome, self._n, -1, 2)
        if (self.left == self.right).any():
            raise ValueError("something is compared with itself")

    def _extend_annotators(self, ids: pl.Series) -> IntArray:
        return self.annotator_ids.extend(ids) if len(ids) else np.empty(0, dtype=np.int32)

    def _count(self) -> None:
        """Count the comparisons that came since the last time."""
        new = slice(self._n_counted, self._n)
        if self._n_counted < self._n:
            self._merge(*_cells(self.left[new], self.right[new], self.outcome[new]), 1)
        self._n_counted = self._n

    def _merge(self, pairs: npt.NDArray[np.int64], counts: npt.NDArray[np.float64], sign: int) -> None:
        """Add counts of pairs to those there are, or take them off."""
        all_pairs, place = np.unique(np.append(self._pairs, pairs), return_inverse=True)
        merged = np.zeros((3, len(all_pairs)))
        merged[:, place[: len(self._pairs)]] = self._counts
        merged[:, place[len(self._pairs) :]] += sign * counts
        there = merged.any(axis=0)
        self._pairs, self._counts = all_pairs[there], merged[:, there]


def _check_codes(codes: npt.NDArray[Any], n_codes: int, least: int, stop: int) -> None:
    if codes.shape != (n_codes,) or (n_codes and not least <= codes.min() <= codes.max() < stop):
        raise ValueError("its comparisons do not fit its ids")


def _cells(
    left: IntArray, right: IntArray, outcome: npt.NDArray[np.int8]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return the pairs that met, as one number each, and how often each outcome of each came, shape (3, n_pairs)."""
    codes, places = np.unique(np.append(left, right), return_inverse=True)
    place: IntArray = places.astype(np.int32)
    found = count_pairs(place[: len(left)], place[len(left) :], outcome, len(codes))
    pairs = (codes[found.first].astype(np.int64) << 32) | codes[found.second]
    return pairs, np.stack([found.first_wins, found.second_wins, found.ties])


def _recoded(first: IntArray, second: IntArray, counts: npt.NDArray[np.float64]) -> PairCounts:
    """Return counts with the lower code first, sorted."""
    turned = first > second
    lower, higher = np.where(turned, second, first), np.where(turned, first, second)
    order = np.lexsort((higher, lower))
    return PairCounts(
        first=lower[order],
        second=higher[order],
        first_wins=np.where(turned, counts[1], counts[0])[order],
        second_wins=np.where(turned, counts[0], counts[1])[order],
        ties=counts[2][order],
    )
