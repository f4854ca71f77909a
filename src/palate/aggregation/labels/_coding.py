"""Answers as integers in order of task and annotator: most of the time that a vote takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import Codes, IntArray, encode, encode_like

__all__ = ["Ordered", "encode_labels", "sort_by_task"]


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
    applying it to each. The number fits: tasks times labels is limited by what posteriors fit in memory.
    """
    annotator_bits, label_bits = ((len(codes) - 1).bit_length() for codes in (annotators, labels))
    keys = tasks.codes.astype(np.int64)
    for codes, bits in ((annotators, annotator_bits), (labels, label_bits)):
        keys <<= bits
        keys |= codes.codes
    keys.sort()
    sorted_labels = (keys & ((1 << label_bits) - 1)).astype(np.int32)
    keys >>= label_bits
    repeats = bool((keys[1:] == keys[:-1]).any())
    sorted_annotators = (keys & ((1 << annotator_bits) - 1)).astype(np.int32)
    keys >>= annotator_bits
    ends = np.flatnonzero(keys[1:] != keys[:-1]) + 1
    offsets = np.concatenate([[0], ends, [len(keys)]]).astype(np.int64)
    return Ordered(offsets, sorted_annotators, sorted_labels, repeats)
