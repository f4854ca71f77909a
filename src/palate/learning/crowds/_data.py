"""Features and answers as arrays that do not depend on the order of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.casts import cast_column, refuse
from palate.core.checks import check_table
from palate.core.coding import encode, encode_like
from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import ANSWERS, GOLDEN, Column, Table

__all__ = [
    "CrowdData",
    "Duplicates",
    "FloatArray",
    "IntArray",
    "TaskFeatures",
    "crowd_data",
    "feature_values",
    "known_labels",
]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Duplicates = Literal["error", "first", "last", "all"]

_FEATURES = Table(
    "features", (Column("task", "id", "one question to people", aliases=("task_id",)),), ("task",)
)


@dataclass(frozen=True)
class TaskFeatures:
    """Features that are no table, such as pictures: one array a task.

    Args:
        tasks: The tasks' ids, in the order of the rows of ``values``.
        values: Finite numbers, shape (n_tasks, …), as the network takes them.
    """

    tasks: Sequence[Any] | pl.Series
    values: npt.NDArray[Any]


@dataclass(frozen=True)
class CrowdData:
    """Features and answers, sorted by task and within it by annotator.

    Args:
        task_ids: Of all tasks with features, sorted.
        values: float64, shape (n_tasks, …).
        names: Of the features, in the order of the columns of ``values``; empty where they were no table.
        offsets: int64, shape (n_tasks + 1,): task t holds answers ``offsets[t]:offsets[t + 1]``, maybe none.
        annotators: int64, shape (n_answers,).
        labels: int64, shape (n_answers,).
        annotator_ids: Sorted.
        label_values: The labels that were given, sorted.
        judged: float64, shape (n_tasks, n_labels): what an aggregator says of each task; None where nobody asked one.
    """

    task_ids: pl.Series
    values: FloatArray
    names: tuple[str, ...]
    offsets: IntArray
    annotators: IntArray
    labels: IntArray
    annotator_ids: pl.Series
    label_values: pl.Series
    judged: FloatArray | None = None

    @property
    def n_labels(self) -> int:
        """How many labels there are."""
        return len(self.label_values)

    @cached_property
    def tasks(self) -> IntArray:
        """Each answer's task, shape (n_answers,)."""
        return np.repeat(np.arange(len(self.task_ids)), np.diff(self.offsets))

    @cached_property
    def answered(self) -> IntArray:
        """The tasks that have answers, ascending."""
        return np.flatnonzero(np.diff(self.offsets))

    @cached_property
    def vote_shares(self) -> FloatArray:
        """The share of its answers that each label has, shape (n_tasks, n_labels); 0 where there are no answers."""
        votes = np.zeros((len(self.task_ids), self.n_labels))
        np.add.at(votes, (self.tasks, self.labels), 1.0)
        return votes / np.maximum(np.diff(self.offsets), 1)[:, np.newaxis]

    def confusion(self, truth: FloatArray) -> FloatArray:
        """Return how often each annotator gives which label, shape (n_annotators, n_labels, n_labels).

        A true label that an annotator never met says nothing: all answers are equally probable there.

        Args:
            truth: float64, shape (n_tasks, n_labels): the probability of each true label.
        """
        counts = np.zeros((len(self.annotator_ids), self.n_labels, self.n_labels))
        np.add.at(counts.transpose(0, 2, 1), (self.annotators, self.labels), truth[self.tasks])
        totals = counts.sum(axis=2, keepdims=True)
        found = np.full_like(counts, 1.0 / self.n_labels)
        np.divide(counts, totals, out=found, where=totals > 0)
        return found


def crowd_data(
    features: IntoTable | TaskFeatures, answers: IntoTable, on_duplicate: Duplicates = "error"
) -> CrowdData:
    """Return what features and answers say, checked.

    Raises:
        InputError: A table is not as said, an answered task has no features, an annotator answers a task twice and
            that is an error, or all answers are the same.
        SettingsError: ``on_duplicate`` is none of its choices.
    """
    ids, values, names = feature_values(features)
    where = str(answers) if isinstance(answers, (str, Path)) else ANSWERS.name
    table = _answers(answers, where, on_duplicate)
    order = ids.arg_sort()
    ids, values = ids.gather(order), values[order.to_numpy()]
    tasks = encode_like(table["task"], ids)
    refuse(
        pl.Series(tasks < 0),
        ANSWERS.column("task"),
        where,
        "This answered task has no features",
        table["task"],
        advice="Add its features, remove its answers, or check that both tables name tasks alike.",
    )
    annotators, labels = encode(table["annotator"]), encode(table["label"])
    if len(labels) < 2:
        raise InputError(
            f"All {len(table):,} answers are {labels.values[0]!r}: there is nothing to tell apart. Answers need two"
            " different labels at least.",
            where=where,
            column="label",
        )
    in_order = np.lexsort((labels.codes, annotators.codes, tasks))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(tasks, minlength=len(ids)))])
    return CrowdData(
        ids,
        values,
        names,
        offsets.astype(np.int64),
        annotators.codes[in_order].astype(np.int64),
        labels.codes[in_order].astype(np.int64),
        annotators.values,
        labels.values,
    )


def feature_values(
    features: IntoTable | TaskFeatures, names: tuple[str, ...] | None = None
) -> tuple[pl.Series, FloatArray, tuple[str, ...]]:
    """Return the tasks' ids, their features, shape (n_tasks, …), and the features' names, all in the order that came.

    Args:
        features: A table, column ``task`` and numbers, or arrays.
        names: Of the features wanted; None takes all there are.

    Raises:
        InputError: A value is missing, not finite or no number, a task comes twice, or a feature is not there.
    """
    if isinstance(features, TaskFeatures):
        return (*_from_arrays(features, names), ())
    where = str(features) if isinstance(features, (str, Path)) else _FEATURES.name
    table = read_table(features, _FEATURES, where=where)
    found = names or tuple(name for name in table.columns if name != "task")
    missing = [name for name in found if name not in table.columns]
    if missing or not found:
        wanted = (
            f"the feature '{missing[0]}', which it was learned with" if missing else "a column of numbers"
        )
        raise InputError(f"Features need the column 'task' and {wanted}.", where=where)
    columns = [_numbers(table[name], name, where) for name in found]
    return table["task"], np.column_stack(columns), found


def known_labels(known: IntoTable, task_ids: pl.Series, label_values: pl.Series) -> tuple[IntArray, IntArray]:
    """Return the codes of tasks, and of the labels they are known to have.

    Raises:
        InputError: The table is not as said (``task, label``), a task has no features, or nobody gave a label.
    """
    where = str(known) if isinstance(known, (str, Path)) else "known labels"
    table = read_table(known, GOLDEN, where=where)
    tasks = encode_like(table["task"], task_ids)
    column, advice = GOLDEN.column("task"), "Add its features or remove the row."
    refuse(pl.Series(tasks < 0), column, where, "This task has no features", table["task"], advice=advice)
    labels = encode_like(table["label"], label_values)
    column, advice = GOLDEN.column("label"), "Remove the row, or check that both tables name labels alike."
    refuse(pl.Series(labels < 0), column, where, "Nobody gave this label", table["label"], advice=advice)
    return tasks.astype(np.int64), labels.astype(np.int64)


def _answers(answers: IntoTable, where: str, on_duplicate: Duplicates) -> pl.DataFrame:
    if on_duplicate not in get_args(Duplicates):
        listed = ", ".join(get_args(Duplicates))
        raise SettingsError(f"'on_duplicate' must be one of {listed}; it is {on_duplicate!r}.")
    table = read_table(answers, ANSWERS, unique=False, where=where).select("task", "annotator", "label")
    if on_duplicate == "error":
        try:
            check_table(table, ANSWERS, where)
        except InputError as error:
            advice = 'Or say which of them count: on_duplicate="first", "last" or "all".'
            raise InputError(f"{error.problem} {advice}", where=where, row=error.row) from error
    if on_duplicate in {"first", "last"}:
        keep: Literal["first", "last"] = "first" if on_duplicate == "first" else "last"
        return table.unique(["task", "annotator"], keep=keep, maintain_order=True)
    return table


def _numbers(values: pl.Series, name: str, where: str) -> FloatArray:
    column = Column(name, "number", "a feature")
    numbers = cast_column(values, column, where)
    refuse(
        numbers.is_null(), column, where, "The feature is missing", advice="Fill it in, or remove the task."
    )
    return numbers.to_numpy()


def _from_arrays(features: TaskFeatures, names: tuple[str, ...] | None) -> tuple[pl.Series, FloatArray]:
    if names:
        raise InputError(f"It was learned from a table of {len(names):,} named features; give such a table.")
    ids = read_table(pl.DataFrame({"task": pl.Series(features.tasks)}), _FEATURES)["task"]
    values = np.asarray(features.values)
    if values.ndim < 2 or len(values) != len(ids) or values.dtype.kind not in "biuf":
        raise InputError(
            f"Expected numbers of shape ({len(ids)}, …), a row for each task; got {values.dtype} of shape"
            f" {values.shape}.",
            where="features",
        )
    finite = np.isfinite(values).reshape(len(values), -1).all(axis=1)
    if not finite.all():
        row = int(np.flatnonzero(~finite)[0])
        raise InputError(
            f"Task {ids[row]!r} has a feature that is no finite number. Fill it in, or remove the task.",
            where="features",
            row=row + 1,
        )
    return ids, values.astype(np.float64)
