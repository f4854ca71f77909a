"""The sets that may be decided for a task, and how alike each is to the sets that were given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.aggregation.multilabel.base import BoolArray, CodedSets, FloatArray
from palate.core.coding import IntArray
from palate.core.label_sets import masi

__all__ = ["Candidates", "candidates"]

_ALL_SUBSETS = 6
"""Labels up to which all subsets (64) are compared; beyond, they are too many to be compared for every task."""


@dataclass(frozen=True)
class Candidates:
    """What may be decided for one task.

    Args:
        labels: int32, shape (n_seen,): the codes of the labels given to the task, ascending.
        members: bool, shape (n_candidates, n_seen): smaller sets first, then those of lower labels.
        similarities: float64, shape (n_candidates, n_answers): MASI similarity to each answer.
    """

    labels: IntArray
    members: BoolArray
    similarities: FloatArray


def candidates(answers: CodedSets) -> list[Candidates]:
    """Return, for each task, all subsets of the labels given to it, or the likeliest where there are too many.

    Tasks whose answers differ in nothing but which labels they are share their arrays.
    """
    known: dict[tuple[tuple[int, ...], bytes], tuple[BoolArray, FloatArray]] = {}
    found = []
    for task in range(len(answers.task_ids)):
        labels, given = _given(answers, task)
        key = (given.shape, given.tobytes())
        if key not in known:
            known[key] = _compared(given)
        found.append(Candidates(labels, *known[key]))
    return found


def _given(answers: CodedSets, task: int) -> tuple[IntArray, BoolArray]:
    """Return the labels given to a task, and which answer holds which of them."""
    first, end = int(answers.offsets[task]), int(answers.offsets[task + 1])
    starts = answers.set_offsets[first : end + 1]
    codes = answers.labels[starts[0] : starts[-1]]
    labels = np.unique(codes)
    given = np.zeros((end - first, len(labels)), dtype=np.bool_)
    given[np.repeat(np.arange(end - first), np.diff(starts)), np.searchsorted(labels, codes)] = True
    return labels, given


def _compared(given: BoolArray) -> tuple[BoolArray, FloatArray]:
    """Return the candidates in order of preference, and their similarity to each answer."""
    n_labels = given.shape[1]
    members = _in_order(_subsets(n_labels) if n_labels <= _ALL_SUBSETS else _likeliest(given))
    shared = members.astype(np.float64) @ given.T.astype(np.float64)
    return members, masi(shared, members.sum(axis=1)[:, np.newaxis], given.sum(axis=1))


def _subsets(n_labels: int) -> BoolArray:
    codes = np.arange(1 << n_labels)[:, np.newaxis]
    found: BoolArray = (codes >> np.arange(n_labels)) & 1 == 1
    return found


def _likeliest(given: BoolArray) -> BoolArray:
    """Return the sets given, and for each number of votes the labels that have at least as many."""
    votes = given.sum(axis=0)
    nested = votes >= np.unique(votes)[:, np.newaxis]
    return np.unique(np.vstack([given, nested]), axis=0)


def _in_order(members: BoolArray) -> BoolArray:
    """Return the smaller sets first, and of equally large ones those of lower labels."""
    keys = [~members[:, label] for label in reversed(range(members.shape[1]))]
    ordered: BoolArray = members[np.lexsort([*keys, members.sum(axis=1)])]
    return ordered
