"""Answers come in as codes, and with them the label that an annotator's answer should have been."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.casts import refuse
from palate.core.coding import IntArray, encode, encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import ANSWERS, GOLDEN
from palate.quality.base import FloatArray, SortedAnswers

__all__ = ["expected_labels", "label_counts", "plurality", "shares_of_labels", "sorted_answers"]


def sorted_answers(answers: IntoTable, golden: IntoTable | None) -> SortedAnswers:
    """Return answers and known labels as codes that do not depend on the order of rows.

    Raises:
        InputError: A table cannot be read, an annotator answers a task twice, a golden task was not answered, or its
            label is of another type than the answers'.
    """
    where = str(answers) if isinstance(answers, (str, Path)) else ANSWERS.name
    table = read_table(answers, ANSWERS, where=where).sort("task", "annotator")
    tasks, annotators = encode(table["task"]), encode(table["annotator"])
    values = table["label"].unique().sort()
    known = np.full(len(tasks), -1, dtype=np.int32)
    if golden is not None:
        truths = _read_golden(golden, table, tasks.values)
        values = pl.concat([values, truths["label"].cast(values.dtype)]).unique().sort()
        known[encode_like(truths["task"], tasks.values)] = encode_like(truths["label"], values)
    times = table["submitted_at"].to_numpy() if "submitted_at" in table.columns else None
    return SortedAnswers(
        tasks.codes,
        annotators.codes,
        encode_like(table["label"], values),
        times,
        known,
        tasks.values,
        annotators.values,
        values,
        where,
    )


def _read_golden(golden: IntoTable, answers: pl.DataFrame, tasks: pl.Series) -> pl.DataFrame:
    where = str(golden) if isinstance(golden, (str, Path)) else GOLDEN.name
    table = read_table(golden, GOLDEN, where=where)
    for name in ("task", "label"):
        if table[name].dtype != answers[name].dtype:
            raise InputError(
                f"The {name}s of golden tasks are {table[name].dtype}, those of the answers {answers[name].dtype}; they"
                " would never match. Make them one type.",
                where=where,
                column=name,
            )
    unknown = pl.Series(encode_like(table["task"], tasks) < 0)
    advice = "Remove it, or check that both tables name tasks alike."
    refuse(
        unknown,
        GOLDEN.column("task"),
        where,
        "Nobody answered this golden task",
        table["task"],
        advice=advice,
    )
    return table


def label_counts(answers: SortedAnswers) -> npt.NDArray[np.int64]:
    """Return how often each task was given each label, shape (n_tasks, n_labels)."""
    n_labels = len(answers.label_values)
    cells = answers.tasks * np.int64(n_labels) + answers.labels
    size = len(answers.task_ids) * n_labels
    counts: npt.NDArray[np.int64] = np.bincount(cells, minlength=size).reshape(-1, n_labels)
    return counts


def plurality(votes: npt.NDArray[np.int64]) -> IntArray:
    """Return the label with most votes in each row, -1 where several have most or none has any."""
    most = votes.max(axis=1, keepdims=True)
    one = (most[:, 0] > 0) & ((votes == most).sum(axis=1) == 1)
    return np.where(one, votes.argmax(axis=1), -1).astype(np.int32)


def expected_labels(answers: SortedAnswers) -> IntArray:
    """Return what each answer should have been: the golden label, else what most of the others say.

    It is -1 where the others say nothing or are tied. The annotator's own answer does not count: it would
    agree with itself.
    """
    others = label_counts(answers)[answers.tasks]
    others[np.arange(len(others)), answers.labels] -= 1
    known = answers.golden[answers.tasks]
    return np.where(known >= 0, known, plurality(others)).astype(np.int32)


def shares_of_labels(answers: SortedAnswers) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Return how often each annotator gave each label, and the share of each label among all answers."""
    n_labels = len(answers.label_values)
    cells = answers.annotators * np.int64(n_labels) + answers.labels
    counts = np.bincount(cells, minlength=len(answers.annotator_ids) * n_labels).reshape(-1, n_labels)
    return counts, counts.sum(axis=0) / counts.sum()
