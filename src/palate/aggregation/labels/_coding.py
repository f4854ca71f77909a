"""Answers as integers in order of task and annotator: most of the time that a vote takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation.labels._coded import Duplicates
from palate.core.coding import Codes, IntArray, encode, encode_like
from palate.core.errors import SettingsError
from palate.core.partitions import row_blocks

__all__ = ["Ordered", "check_duplicates", "encode_labels", "sort_by_task", "without_repeats"]


def check_duplicates(on_duplicate: Duplicates) -> None:
    """Refuse what is no way to treat an annotator's second answer to a task.

    Raises:
        SettingsError: It is none of the choices.
    """
    if on_duplicate not in get_args(Duplicates):
        listed = ", ".join(get_args(Duplicates))
        raise SettingsError(f"'on_duplicate' must be one of {listed}; it is {on_duplicate!r}.")


def without_repeats(table: pl.DataFrame, on_duplicate: Duplicates) -> pl.DataFrame:
    """Return the rows that count where an annotator answers a task more than once, if one row of them does."""
    if on_duplicate not in {"first", "last"}:
        return table
    keep: Literal["first", "last"] = "first" if on_duplicate == "first" else "last"
    return table.unique(["task", "annotator"], keep=keep, maintain_order=True)


@dataclass(frozen=True)
class Ordered:
    """Answers sorted by task and within it by annotator.

    Args:
        offsets: int64, shape (n_tasks + 1,): task t holds answers ``offsets[t]:offsets[t + 1]``.
        annotators: int32, shape (n_answers,).
        labels: int32, shape (n_answers,).
        repeats: Whether an annotator answers a task twice.
    """

    offsets: npt.NDArray[np.int64]
    annotators: IntArray
    labels: IntArray
    repeats: bool


def encode_labels(column: pl.Series, known: pl.Series | None) -> Codes:
    """Return the codes of labels among all that were given or are known.

    Whole numbers of both columns are put in a type wide enough for both.
    """
    if column.dtype.is_integer():
        given = encode(column)
    else:  # few values that many answers share: looking them up is faster than hashing every answer
        values = column.unique().sort()
        given = Codes(encode_like(column, values), values)
    if known is None:
        return given
    both = [given.values.alias("label").to_frame(), known.alias("label").to_frame()]
    values = pl.concat(both, how="vertical_relaxed")["label"].unique().sort()
    if len(values) == len(given):
        return Codes(given.codes, values)
    return Codes(encode_like(given.values.cast(values.dtype), values)[given.codes], values)


def sort_by_task(tasks: Codes, annotators: Codes, labels: Codes) -> Ordered:
    """Return the answers in order.

    Task, annotator and label are sorted as one number, which takes a third of the time of finding the order and
    applying it to each; half as wide, it takes half the time. It fits: tasks times labels is limited by what
    posteriors fit in memory.
    """
    task_bits, annotator_bits, label_bits = ((len(c) - 1).bit_length() for c in (tasks, annotators, labels))
    narrow = task_bits + annotator_bits + label_bits < 32
    width = np.dtype(np.int32 if narrow else np.int64)
    n_answers = len(tasks.codes)
    keys = np.empty(n_answers, dtype=width)
    for start, stop in row_blocks(n_answers):
        part = tasks.codes[start:stop].astype(width)
        for codes, bits in ((annotators, annotator_bits), (labels, label_bits)):
            part <<= bits
            part |= codes.codes[start:stop]
        keys[start:stop] = part
    keys.sort()
    sorted_annotators, sorted_labels = (np.empty(n_answers, dtype=np.int32) for _ in range(2))
    offsets, repeats = [np.zeros(1, dtype=np.int64)], False
    for start, stop in row_blocks(n_answers):
        part, own = keys[start : stop + 1], stop - start  # with the next, from which the last may differ
        sorted_labels[start:stop] = part[:own] & width.type((1 << label_bits) - 1)
        part = part >> label_bits
        repeats |= bool((part[1:] == part[:-1]).any())
        sorted_annotators[start:stop] = part[:own] & width.type((1 << annotator_bits) - 1)
        part >>= annotator_bits
        offsets.append(np.flatnonzero(part[1:] != part[:-1]) + start + 1)
    offsets.append(np.array([n_answers], dtype=np.int64))
    return Ordered(np.concatenate(offsets), sorted_annotators, sorted_labels, repeats)
