"""Answers in the order in which they come, as codes; adding some costs as much as there is of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation._id_log import IdLog, ranked, with_room, with_values
from palate.aggregation.labels._coding import check_duplicates, sort_by_task, without_repeats
from palate.aggregation.labels._known_annotators import read_known
from palate.aggregation.labels._skills import read_skills
from palate.aggregation.labels.base import CodedAnswers, Duplicates, FloatArray
from palate.core.checks import check_table
from palate.core.coding import IntArray
from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import ANSWERS, GOLDEN

__all__ = ["AnswerLog", "SortedLog"]


@dataclass(frozen=True)
class SortedLog:
    """A log as methods take it.

    Args:
        answers: Every answer, as ``code_answers`` would give them.
        tasks: The log's code of each of its tasks.
        annotators: The log's code of each of its annotators.
        labels: The log's code of each of its labels.
    """

    answers: CodedAnswers
    tasks: npt.NDArray[np.int64]
    annotators: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]


class AnswerLog:
    """Answers by arrival. Those of one task are chained, so that they are found without looking at others.

    Args:
        labels: Labels that count as such before anybody gives them.
        golden: Known labels, columns ``task, label``; their tasks may be answered later or never.
        annotators: What is known of annotators from before, columns ``annotator, truth, label, count``; they may answer
            later or never, and their labels count as such.
        skills: How much the answers of each annotator count: a mapping, or columns ``annotator, skill``.
        on_duplicate: What becomes of an annotator's further answers to a task.

    Raises:
        InputError: One of them is no such table, or labels are of different types.
        SettingsError: ``on_duplicate`` is none of its choices.
    """

    def __init__(
        self,
        labels: Iterable[Any] | None = None,
        golden: IntoTable | None = None,
        *,
        annotators: IntoTable | None = None,
        skills: Mapping[Any, float] | IntoTable | None = None,
        on_duplicate: Duplicates = "error",
    ) -> None:
        check_duplicates(on_duplicate)
        self.on_duplicate = on_duplicate
        self.task_ids, self.annotator_ids, self.label_ids = IdLog("task"), IdLog("annotator"), IdLog("label")
        self.tasks, self.annotators, self.labels = (np.empty(0, dtype=np.int32) for _ in range(3))
        self.golden = np.empty(0, dtype=np.int32)
        self.known = np.zeros((0, 0, 0))
        """How often annotators gave each label before, ``[annotator, label, truth]``; empty where nothing is known."""
        self.skills: FloatArray | None = None
        """How much the answers of the first annotators count, None where all count the same; NaN where not said."""
        self._previous, self._last = (np.empty(0, dtype=np.int64) for _ in range(2))
        self._n = 0
        if labels is not None:
            declared = pl.DataFrame({"task": pl.Series("label", list(labels), strict=False)})
            named = check_table(declared.select("task", label="task"), GOLDEN, "labels", unique=False)
            self.label_ids.extend(named["label"].unique(maintain_order=True))
        if annotators is not None:
            self._know(read_known(annotators))
        self.n_declared = len(self.label_ids)
        if golden is not None:
            known = read_table(golden, GOLDEN)
            self.label_ids.check(known["label"], GOLDEN.name)
            tasks, given = self.task_ids.extend(known["task"]), self.label_ids.extend(known["label"])
            self.golden = np.empty(len(self.task_ids), dtype=np.int32)
            self.golden[tasks] = given
            self._last = np.full(len(self.task_ids), -1, dtype=np.int64)
        if skills is not None:
            table = read_skills(skills)
            self.annotator_ids.check(table["annotator"], "skills")
            people = self.annotator_ids.extend(table["annotator"])
            self.skills = np.full(len(self.annotator_ids), np.nan)
            self.skills[people] = table["skill"].to_numpy()

    def __len__(self) -> int:
        return self._n

    def read(self, answers: IntoTable) -> pl.DataFrame:
        """Return new answers, checked against themselves and those there are.

        Raises:
            InputError: They are no answers, of other types than those before, or an annotator answers a task twice and
                that is an error.
        """
        where = str(answers) if isinstance(answers, (str, Path)) else ANSWERS.name
        refused = self.on_duplicate == "error"
        table = read_table(answers, ANSWERS, unique=refused).select("task", "annotator", "label")
        for ids in (self.task_ids, self.annotator_ids, self.label_ids):
            ids.check(table[ids.name], where)
        if not refused:
            return without_repeats(table, self.on_duplicate)
        repeated, _ = self._repeated(table)
        if len(repeated):
            row = int(repeated.min())
            task, annotator, _ = table.row(row)
            more = f" ({len(repeated):,} rows like it)" if len(repeated) > 1 else ""
            raise InputError(
                f"Annotator {annotator!r} has already answered task {task!r}{more}. Add each answer once, or start with"
                ' on_duplicate="first", "last" or "all".',
                where=where,
                row=row + 1,
            )
        return table

    def append(self, table: pl.DataFrame) -> None:
        """Add answers that ``read`` has checked; of those given before the first or the last stays, as was said."""
        if self.on_duplicate in {"first", "last"}:
            repeated, held = self._repeated(table)
            if self.on_duplicate == "last":
                self.labels[held] = self.label_ids.extend(table["label"].gather(repeated))
            new = np.ones(len(table), dtype=np.bool_)
            new[repeated] = False
            table = table.filter(pl.Series(new))
        tasks, stop = self.task_ids.extend(table["task"]), self._n + len(table)
        self.tasks = with_values(self.tasks, self._n, tasks)
        self.annotators = with_values(self.annotators, self._n, self.annotator_ids.extend(table["annotator"]))
        self.labels = with_values(self.labels, self._n, self.label_ids.extend(table["label"]))
        self._previous = with_room(self._previous, stop)
        unseen = len(self.task_ids) - len(self.golden)
        if unseen > 0:  # -1: no known label, no answer yet
            self.golden = np.append(self.golden, np.full(unseen, -1, dtype=np.int32))
            self._last = np.append(self._last, np.full(unseen, -1, dtype=np.int64))
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
        there = np.zeros(len(self.label_ids), dtype=np.bool_)
        there[: self.n_declared] = True
        there[labels] = True
        there[known[known >= 0]] = True
        said = np.flatnonzero(there)
        coded_tasks, task_order = ranked(self.task_ids, answered, tasks)
        coded_annotators, annotator_order = ranked(self.annotator_ids, active, annotators)
        coded_labels, label_order = ranked(self.label_ids, said, labels)
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
            known=self._known_of(annotator_order, label_order),
        )
        return SortedLog(answers, task_order, annotator_order, label_order)

    def restore(
        self,
        codes: dict[str, IntArray],
        golden: IntArray,
        n_declared: int,
        *,
        known: FloatArray,
        skills: FloatArray | None,
    ) -> None:
        """Take these answers, as codes of the ids there are, for those that came, and all else as it was said.

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
        if self.on_duplicate != "all" and len(np.unique(pairs)) < self._n:
            raise ValueError("an annotator answers a task twice")
        if not 0 <= n_declared <= sizes[2]:
            raise ValueError("more labels are declared than there are")
        room = (sizes[1], sizes[2], sizes[2])
        if known.ndim != 3 or not all(have <= most for have, most in zip(known.shape, room, strict=True)):
            raise ValueError("what is known of annotators does not fit them")
        if skills is not None and (skills.ndim != 1 or len(skills) > sizes[1]):
            raise ValueError("there are more skills than annotators")
        if not (known >= 0).all() or (skills is not None and (skills < 0).any()):
            raise ValueError("a count or a skill is below 0")
        self.known, self.skills = known, skills
        self._previous = np.empty(self._n, dtype=np.int64)
        self._last = np.full(sizes[0], -1, dtype=np.int64)
        self._chain(0)

    def _know(self, table: pl.DataFrame) -> None:
        """Take in the counts of annotators known from before."""
        self.label_ids.check(table["truth"].alias("label"), "known annotators")
        truths = self.label_ids.extend(table["truth"])
        self.label_ids.check(table["label"], "known annotators")
        labels = self.label_ids.extend(table["label"])
        people = self.annotator_ids.extend(table["annotator"])
        n_labels = len(self.label_ids)
        self.known = np.zeros((len(self.annotator_ids), n_labels, n_labels))
        self.known[people, labels, truths] = table["count"].to_numpy()

    def _known_of(
        self, annotators: npt.NDArray[np.int64], labels: npt.NDArray[np.int64]
    ) -> FloatArray | None:
        """Return what is known of these annotators with these labels, ``[annotator, truth, label]``."""
        if not self.known.size:
            return None
        room = with_room(self.known, len(self.annotator_ids), len(self.label_ids), len(self.label_ids))
        return np.ascontiguousarray(room[np.ix_(annotators, labels, labels)].transpose(0, 2, 1))

    def _repeated(self, table: pl.DataFrame) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the rows whose annotator has answered their task before, and the answer there is for each."""
        tasks, annotators = self.task_ids.find(table["task"]), self.annotator_ids.find(table["annotator"])
        met = np.flatnonzero((tasks >= 0) & (annotators >= 0))
        rows, held = self.chained(tasks[met])
        same = self.annotators[held] == annotators[met][rows]
        return met[rows[same]], held[same]

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
