"""What is known of annotators from before: how often each gave each label to tasks of each true label."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from palate.aggregation._task_tables import kind_of
from palate.aggregation.labels._coded import CodedAnswers, FloatArray
from palate.core.casts import refuse
from palate.core.coding import encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import ANSWERS, Column, Table

__all__ = ["known_confusion", "read_known"]

_KNOWN = Table(
    "known annotators",
    (
        ANSWERS.column("annotator"),
        Column("truth", "label", "the true label of the tasks"),
        Column("label", "label", "the label given"),
        Column("count", "number", "how often", minimum=0, maximum=1e15),
    ),
    key=("annotator", "truth", "label"),
)


def known_confusion(answers: CodedAnswers, annotators: IntoTable) -> FloatArray:
    """Return counts ``[annotator, truth, label]``, shape (n_annotators, n_labels, n_labels); 0 where nothing is known.

    Args:
        answers: What people answered.
        annotators: A dataframe or a path, columns ``annotator, truth, label, count``; annotators who answered nothing
            may be among them.

    Raises:
        InputError: The table cannot be used, its ids or labels are of another type than those of the answers,
            or it has a label that nobody gave here and no golden task has.
    """
    where = _name(annotators)
    table = read_known(annotators)
    people = _codes(table["annotator"], answers.annotator_ids, where)
    codes = {}
    for name in ("truth", "label"):
        codes[name] = _codes(table[name], answers.label_values, where)
        listed = ", ".join(map(str, answers.label_values.head(20)))
        refuse(
            pl.Series(codes[name] < 0),
            _KNOWN.column(name),
            where,
            f"The labels here are {listed}; expected one of them",
            table[name],
            advice="Remove these rows, or rename the label.",
        )
    counts = np.zeros((len(answers.annotator_ids), len(answers.label_values), len(answers.label_values)))
    here = people >= 0
    counts[people[here], codes["truth"][here], codes["label"][here]] = table["count"].to_numpy()[here]
    return counts


def read_known(annotators: IntoTable) -> pl.DataFrame:
    """Return the checked table of what is known of annotators.

    Raises:
        InputError: It cannot be read or is no such table.
    """
    return read_table(annotators, _KNOWN, where=_name(annotators))


def _name(annotators: IntoTable) -> str:
    return str(annotators) if isinstance(annotators, (str, Path)) else _KNOWN.name


def _codes(given: pl.Series, values: pl.Series, where: str) -> np.ndarray:
    came, wanted = kind_of(given.dtype), kind_of(values.dtype)
    if came != wanted:
        raise InputError(
            f"The values are {came}, those of the answers {wanted}; they would never match. Make them one type.",
            where=where,
            column=given.name,
        )
    return encode_like(given, values)
