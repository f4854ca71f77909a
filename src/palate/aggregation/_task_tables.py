"""Answers and golden tasks of any kind: which tasks and annotators there are, and that the two tables match."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.casts import refuse
from palate.core.checks import check_table
from palate.core.coding import IntArray, encode, encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import Table

__all__ = ["SortedAnswers", "check_kinds", "check_labels", "kind_of", "read_golden", "sort_answers"]


@dataclass(frozen=True)
class SortedAnswers:
    """In which order answers go by task, and within it by annotator.

    Args:
        order: int64, shape (n_answers,): the rows of the table in that order.
        offsets: int64, shape (n_tasks + 1,); task t holds ``order[offsets[t]:offsets[t + 1]]``.
        annotators: int32, shape (n_answers,): the annotators' codes in that order.
        task_ids: The tasks' own ids, sorted.
        annotator_ids: The annotators' own ids, sorted.
    """

    order: npt.NDArray[np.intp]
    offsets: npt.NDArray[np.int64]
    annotators: IntArray
    task_ids: pl.Series
    annotator_ids: pl.Series


def sort_answers(table: pl.DataFrame, declared: Table, where: str) -> SortedAnswers:
    """Return the order of answers that does not depend on that of their rows.

    Args:
        table: Checked, but for repeated rows.
        declared: What it is.
        where: What errors call it.

    Raises:
        InputError: An annotator answers a task twice; the rows are named.
    """
    tasks, annotators = encode(table["task"]), encode(table["annotator"])
    keys = tasks.codes * np.int64(len(annotators)) + annotators.codes
    order = np.argsort(keys)
    if (np.diff(keys[order]) == 0).any():
        check_table(table, declared, where)  # raises, naming the rows; looking for them first takes longer
    offsets = np.concatenate([[0], np.cumsum(np.bincount(tasks.codes))]).astype(np.int64)
    return SortedAnswers(order, offsets, annotators.codes[order], tasks.values, annotators.values)


def read_golden(
    golden: IntoTable, declared: Table, where: str, task_ids: pl.Series
) -> tuple[pl.DataFrame, IntArray]:
    """Return the table of golden tasks, and the code of each among ``task_ids``.

    Raises:
        InputError: It cannot be read, its tasks are of another type than those of the answers, or one of them
            was not answered.
    """
    table = read_table(golden, declared, where=where)
    check_kinds(table["task"], task_ids, where)
    codes = encode_like(table["task"], task_ids)
    refuse(
        pl.Series(codes < 0),
        declared.column("task"),
        where,
        "Nobody answered this golden task",
        table["task"],
        advice="Remove it, or check that both tables name tasks alike.",
    )
    return table, codes


def check_kinds(known: pl.Series, given: pl.Series, where: str) -> None:
    """Refuse a column of golden tasks that is of another type than that of the answers.

    Raises:
        InputError: It is.
    """
    came, wanted = kind_of(known.dtype), kind_of(given.dtype)
    if came != wanted:
        raise InputError(
            f"The {known.name}s of golden tasks are {came}, those of the answers {wanted}; they would never match."
            " Make them one type.",
            where=where,
            column=known.name,
        )


def check_labels(values: pl.Series, n_tasks: int, most: int, where: str, column: str) -> None:
    """Refuse labels of which there is no table of probabilities.

    Args:
        values: The different labels.
        n_tasks: How many tasks there are.
        most: How many probabilities fit in memory.
        where: What errors call the answers.
        column: Where in them the labels are.

    Raises:
        InputError: There are too many, or one is called as the column beside theirs.
    """
    if n_tasks * len(values) > most:
        raise InputError(
            f"There are {len(values):,} different labels on {n_tasks:,} tasks: more probabilities than fit in"
            " memory. Labels are a few values that many answers share; is this free text?",
            where=where,
            column=column,
        )
    if values.dtype == pl.String and "task" in values:
        raise InputError(
            "A label is called 'task'; the table of probabilities has a column a label beside its column 'task'."
            " Rename the label.",
            where=where,
            column=column,
        )


def kind_of(dtype: pl.DataType) -> str:
    """Return what values of a type are called where they would never match those of another."""
    if dtype.is_integer():
        return "whole numbers"
    return "true or false" if dtype == pl.Boolean else "text"
