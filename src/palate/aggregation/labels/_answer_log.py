"""Answers in the order in which they come, as codes; adding some costs as much as there is of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation.labels._coding import sort_by_task
from palate.aggregation.labels.base import CodedAnswers
from palate.core.checks import check_table
from palate.core.coding import Codes, IntArray, encode
from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import ANSWERS, GOLDEN

__all__ = ["AnswerLog", "IdLog", "SortedLog", "with_room"]

_LARGEST_SIGNED = 2**63 - 1


class IdLog:
    """Ids of one kind, numbered in the order in which they come.

    Args:
        name: What they name: ``task``, ``annotator`` or ``label``.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.kind: str | None = None
        self._negative = self._large = False
        self.values: list[Any] = []
        self._codes: dict[Any, int] = {}

    def __len__(self) -> int:
        return len(self.values)

    def code(self, value: Any) -> int | None:
        """Return the code of an id, None if it never came."""
        return self._codes.get(value)

    def check(self, column: pl.Series, where: str) -> None:
        """Refuse ids of another type than those that came before: they would never meet.

        Raises:
            InputError: They are of another type.
        """
        came = _kind(column.dtype)
        if self.kind not in {None, came}:
            raise InputError(
                f"These {self.name}s are {came}, those that came before {self.kind}; they would never match."
                " Make them one type.",
                where=where,
                column=self.name,
            )
        if all(self._signs(column)):
            raise InputError(
                f"There are {self.name}s below 0 and above {_LARGEST_SIGNED}; no type of whole numbers holds both."
                " Make them text.",
                where=where,
                column=self.name,
            )

    def find(self, column: pl.Series) -> IntArray:
        """Return the code of every row, -1 where the id never came."""
        distinct = encode(column)
        codes = [self._codes.get(value, -1) for value in distinct.values.to_list()]
        return np.array(codes, dtype=np.int32)[distinct.codes]

    def extend(self, column: pl.Series) -> IntArray:
        """Return the code of every row; ids that never came get the next ones."""
        self.kind = _kind(column.dtype)
        self._negative, self._large = self._signs(column)
        distinct = encode(column)
        codes = np.empty(len(distinct), dtype=np.int32)
        for place, value in enumerate(distinct.values.to_list()):
            codes[place] = self._codes.setdefault(value, len(self.values))
            if codes[place] == len(self.values):
                self.values.append(value)
        return codes[distinct.codes]

    def _signs(self, column: pl.Series) -> tuple[bool, bool]:
        """Return whether whole numbers below 0, and above the largest signed one, came before or are here."""
        if not column.dtype.is_integer():
            return False, False
        negative, large = bool((column < 0).any()), bool((column > _LARGEST_SIGNED).any())
        return self._negative or negative, self._large or large

    def restore(self, column: pl.Series) -> None:
        """Take these ids, in this order, for those that came.

        Raises:
            ValueError: One of them is missing or there twice.
        """
        self.kind, self.values = _kind(column.dtype), column.to_list()
        self._negative, self._large = self._signs(column)
        self._codes = {value: code for code, value in enumerate(self.values)}
        if len(self._codes) < len(self.values) or None in self._codes:
            raise ValueError(f"a {self.name} is missing or there twice")

    def series(self, places: Iterable[int] | None = None) -> pl.Series:
        """Return ids as a column of their own type: all, or those with these codes."""
        values = self.values if places is None else [self.values[place] for place in places]
        if self.kind != "whole numbers":
            return pl.Series(values, dtype=pl.Boolean if self.kind == "true or false" else pl.String)
        wide = max(values, default=0) > _LARGEST_SIGNED
        return pl.Series(values, dtype=pl.UInt64 if wide else pl.Int64)


@dataclass(frozen=True)
class SortedLog:
    """A log as methods take it.

    Args:
        answers: Every answer, as ``code_answers`` would give them.
        tasks: The log's code of each of its tasks.
        labels: The log's code of each of its labels.
    """

    answers: CodedAnswers
    tasks: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]


class AnswerLog:
    """Answers by arrival. Those of one task are chained, so that they are found without looking at others.

    Args:
        labels: Labels that count as such before anybody gives them.
        golden: Known labels, columns ``task, label``; their tasks may be answered later or never.

    Raises:
        InputError: The known labels are no such table, or of another type than the labels.
    """

    def __init__(self, labels: Iterable[Any] | None = None, golden: IntoTable | None = None) -> None:
        self.task_ids, self.annotator_ids, self.label_ids = IdLog("task"), IdLog("annotator"), IdLog("label")
        self.tasks, self.annotators, self.labels = (np.empty(0, dtype=np.int32) for _ in range(3))
        self.golden = np.empty(0, dtype=np.int32)
        self._previous, self._last = (np.empty(0, dtype=np.int64) for _ in range(2))
        self._n = 0
        if labels is not None:
            declared = pl.DataFrame({"task": pl.Series("label", list(labels), strict=False)})
            named = check_table(declared.select("task", label="task"), GOLDEN, "labels", unique=False)
            self.label_ids.extend(named["label"].unique(maintain_order=True))
        self.n_declared = len(self.label_ids)
        if golden is not None:
            known = read_table(golden, GOLDEN)
            self.label_ids.check(known["label"], GOLDEN.name)
            tasks, given = self.task_ids.extend(known["task"]), self.label_ids.extend(known["label"])
            self.golden = np.empty(len(self.task_ids), dtype=np.int32)
            self.golden[tasks] = given
            self._last = np.full(len(self.task_ids), -1, dtype=np.int64)

    def __len__(self) -> int:
        return self._n

    def read(self, answers: IntoTable) -> pl.DataFrame:
        """Return new answers, checked against themselves and those there are.

        Raises:
            InputError: They are no answers, of other types than those before, or an annotator answers a task twice.
        """
        where = str(answers) if isinstance(answers, (str, Path)) else ANSWERS.name
        table = read_table(answers, ANSWERS).select("task", "annotator", "label")
        for ids in (self.task_ids, self.annotator_ids, self.label_ids):
            ids.check(table[ids.name], where)
        tasks, annotators = self.task_ids.find(table["task"]), self.annotator_ids.find(table["annotator"])
        known = np.flatnonzero((tasks >= 0) & (annotators >= 0))
        rows, held = self.chained(tasks[known])
        repeated = known[rows[self.annotators[held] == annotators[known][rows]]]
        if len(repeated):
            row = int(repeated.min())
            task, annotator, _ = table.row(row)
            more = f" ({len(repeated):,} rows like it)" if len(repeated) > 1 else ""
            raise InputError(
                f"Annotator {annotator!r} has already answered task {task!r}{more}. Add each answer once.",
                where=where,
                row=row + 1,
            )
        return table

    def append(self, table: pl.DataFrame) -> None:
        """Add answers that ``read`` has checked."""
        tasks, stop = self.task_ids.extend(table["task"]), self._n + len(table)
        self.tasks = _set(self.tasks, self._n, tasks)
        self.annotators = _set(self.annotators, self._n, self.annotator_ids.extend(table["annotator"]))
        self.labels = _set(self.labels, self._n, self.label_ids.extend(table["label"]))
        self._previous = with_room(self._previous, stop)
        new = len(self.task_ids) - len(self.golden)
        if new > 0:  # -1: no known label, no answer yet
            self.golden = np.append(self.golden, np.full(new, -1, dtype=np.int32))
            self._last = np.append(self._last, np.full(new, -1, dtype=np.int64))
        start, self._n = self._n, stop
        self._chain(start)

    def remove(self, code: int) -> None:
        """Take out all answers of an annotator; looks at the codes of all answers."""
        keep = self.annotators[: self._n] != code
        self.tasks, self.annotators, self.labels = (
            codes[: self._n][keep] for codes in (self.tasks, self.annotators, self.labels)
        )
        self._n = len(self.tasks)
        self._previous = np.empty(self._n, dtype=np.int64)
        self._last[:] = -1
        self._chain(0)

    def tasks_of(self, annotator: int) -> npt.NDArray[np.int64]:
        """Return the codes of the tasks that an annotator answered."""
        found: npt.NDArray[np.int64] = self.tasks[: self._n][self.annotators[: self._n] == annotator].astype(
            np.int64
        )
        return found

    def chained(
        self, tasks: npt.NDArray[np.integer[Any]]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the answers of these tasks: whose each is (a place in ``tasks``), and which it is."""
        place, at = np.arange(len(tasks)), self._last[tasks]
        places, found = [place[:0]], [at[:0]]
        while len(at):
            there = at >= 0
            place, at = place[there], at[there]
            places.append(place)
            found.append(at)
            at = self._previous[at]
        return np.concatenate(places), np.concatenate(found)

    def n_answers(self) -> npt.NDArray[np.int64]:
        """Return how many answers each task has, shape (n_tasks,)."""
        found: npt.NDArray[np.int64] = np.bincount(self.tasks[: self._n], minlength=len(self.task_ids))
        return found

    def sorted(self) -> SortedLog:
        """Return all answers as methods take them: what has no answer left is not there.

        Raises:
            InputError: There are no answers.
        """
        if not self._n:
            raise InputError("There are no answers yet. Add some first.")
        tasks, annotators, labels = (x[: self._n] for x in (self.tasks, self.annotators, self.labels))
        answered, active = np.flatnonzero(np.bincount(tasks)), np.flatnonzero(np.bincount(annotators))
        known = self.golden[answered]
        said = np.unique(np.concatenate([labels, known[known >= 0], np.arange(self.n_declared)]))
        coded_tasks, task_order = _ranked(self.task_ids, answered, tasks)
        coded_annotators, _ = _ranked(self.annotator_ids, active, annotators)
        coded_labels, label_order = _ranked(self.label_ids, said, labels)
        ordered = sort_by_task(coded_tasks, coded_annotators, coded_labels)
        rank = np.full(len(self.label_ids) + 1, -1, dtype=np.int32)  # the last place is that of code -1
        rank[label_order] = np.arange(len(label_order))
        answers = CodedAnswers(
            offsets=ordered.offsets,
            annotators=ordered.annotators,
            labels=ordered.labels,
            golden=rank[self.golden[task_order]],
            task_ids=coded_tasks.values,
            annotator_ids=coded_annotators.values,
            label_values=coded_labels.values,
        )
        return SortedLog(answers, task_order, label_order)

    def restore(self, codes: dict[str, IntArray], golden: IntArray, n_declared: int) -> None:
        """Take these answers, as codes of the ids there are, for those that came.

        Raises:
            ValueError: There is no such id, arrays differ in length, or an annotator answers a task twice.
        """
        self.tasks, self.annotators, self.labels = codes["tasks"], codes["annotators"], codes["labels"]
        self._n, self.golden, self.n_declared = len(self.tasks), golden, n_declared
        sizes = (len(self.task_ids), len(self.annotator_ids), len(self.label_ids))
        for array, size in zip((self.tasks, self.annotators, self.labels), sizes, strict=True):
            _check_codes(array, self._n, 0, size)
        _check_codes(golden, sizes[0], -1, sizes[2])
        pairs = self.tasks * np.int64(sizes[1]) + self.annotators
        if len(np.unique(pairs)) < self._n or not 0 <= n_declared <= sizes[2]:
            raise ValueError("an annotator answers a task twice")
        self._previous = np.empty(self._n, dtype=np.int64)
        self._last = np.full(sizes[0], -1, dtype=np.int64)
        self._chain(0)

    def _chain(self, start: int) -> None:
        """Put the answers from ``start`` on at the end of the chains of their tasks."""
        order = np.argsort(self.tasks[start : self._n], kind="stable") + start
        tasks = self.tasks[order]
        first = np.append(True, tasks[1:] != tasks[:-1])[: len(tasks)]
        self._previous[order[1:]] = order[:-1]
        self._previous[order[first]] = self._last[tasks[first]]
        last = np.append(first[1:], True)[: len(tasks)]
        self._last[tasks[last]] = order[last]


def _check_codes(codes: IntArray, n_codes: int, least: int, stop: int) -> None:
    if codes.shape != (n_codes,) or (n_codes and not least <= codes.min() <= codes.max() < stop):
        raise ValueError("its answers do not fit its ids")


def with_room(array: npt.NDArray[Any], *shape: int) -> npt.NDArray[Any]:
    """Return ``array`` with at least this shape, filled up with zeros; it grows by doubling, so rarely."""
    if all(have >= need for have, need in zip(array.shape, shape, strict=True)):
        return array
    larger = [
        have if have >= need else max(need, 2 * have) for have, need in zip(array.shape, shape, strict=True)
    ]
    grown = np.zeros(larger, dtype=array.dtype)
    grown[tuple(slice(have) for have in array.shape)] = array
    return grown


def _set(array: IntArray, start: int, values: IntArray) -> IntArray:
    array = with_room(array, start + len(values))
    array[start : start + len(values)] = values
    return array


def _ranked(ids: IdLog, present: npt.NDArray[Any], codes: IntArray) -> tuple[Codes, npt.NDArray[np.int64]]:
    """Return codes in sorted order of the ids that are present, and the log's code of each."""
    ranked = encode(ids.series(present.tolist()))
    rank = np.empty(len(ids), dtype=np.int32)
    rank[present] = ranked.codes
    order = np.empty(len(present), dtype=np.int64)
    order[ranked.codes] = present
    return Codes(rank[codes], ranked.values), order


def _kind(dtype: pl.DataType) -> str:
    if dtype.is_integer():
        return "whole numbers"
    return "true or false" if dtype == pl.Boolean else "text"
