"""How alike answers are to the sets of their tasks."""

from __future__ import annotations

import numpy as np

from palate.aggregation.multilabel._coded import BoolArray, CodedSets, FloatArray
from palate.core.label_sets import masi

__all__ = ["similarity"]


def similarity(answers: CodedSets, sets: BoolArray) -> FloatArray:
    """Return the MASI similarity of each answer to its task's set, shape (n_answers,)."""
    lengths = np.diff(answers.set_offsets)
    tasks = np.repeat(np.arange(len(answers.task_ids)), np.diff(answers.offsets))
    rows = np.repeat(np.arange(len(lengths)), lengths)
    hit = sets[tasks[rows], answers.labels]
    shared = np.bincount(rows[hit], minlength=len(lengths))
    return masi(shared, lengths, sets.sum(axis=1)[tasks])
