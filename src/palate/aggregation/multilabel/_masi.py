"""MASI: how alike two sets of labels are. Passonneau, Measuring Agreement on Set-Valued Items, LREC 2006."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from palate.aggregation.multilabel.base import BoolArray, CodedSets, FloatArray

__all__ = ["masi", "similarity"]


def masi(shared: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike) -> FloatArray:
    """Return the similarity of sets by how many labels they share and have: in [0, 1].

    It is Jaccard's coefficient times 1 for equal sets, 2/3 where one holds the other, 1/3 where they overlap, and 0
    where they share nothing. Two empty sets are equal.

    >>> masi(1, 1, [1, 2, 3]).round(3).tolist()
    [1.0, 0.333, 0.222]
    """
    common, one, other = (np.asarray(n, dtype=np.float64) for n in (shared, first, second))
    union = one + other - common
    jaccard = np.divide(common, union, out=np.ones(np.shape(union)), where=union > 0)
    monotone = np.where(common == np.minimum(one, other), 2 / 3, 1 / 3)
    return np.asarray(jaccard * np.where(common == union, 1.0, monotone), dtype=np.float64)


def similarity(answers: CodedSets, sets: BoolArray) -> FloatArray:
    """Return the similarity of each answer to its task's set, shape (n_answers,)."""
    lengths = np.diff(answers.set_offsets)
    tasks = np.repeat(np.arange(len(answers.task_ids)), np.diff(answers.offsets))
    rows = np.repeat(np.arange(len(lengths)), lengths)
    hit = sets[tasks[rows], answers.labels]
    shared = np.bincount(rows[hit], minlength=len(lengths))
    return masi(shared, lengths, sets.sum(axis=1)[tasks])
