"""What a run has learned of its annotators, as counts that the next run can start from."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from palate.aggregation.labels._known_annotators import read_known
from palate.aggregation.labels._predictive import expected_counts
from palate.aggregation.labels._tables import code_answers
from palate.aggregation.labels.base import Duplicates, LabelResult
from palate.core.errors import InputError
from palate.core.frames import IntoTable, like, read_table
from palate.core.tables import GOLDEN, Table

__all__ = ["annotator_counts"]

_PROBABILITIES = Table("probabilities", (GOLDEN.column("task"),), key=("task",))


def annotator_counts(
    result: LabelResult,
    answers: IntoTable,
    *,
    golden: IntoTable | None = None,
    annotators: IntoTable | None = None,
    on_duplicate: Duplicates = "error",
) -> Any:
    """Return how often each annotator gave each label to tasks of each true label: what ``annotators=`` takes.

    True labels are known by their probabilities only, so that counts are expected ones: an answer to a task that is
    ``cat`` with probability 0.8 counts 0.8 for the truth ``cat`` and 0.2 for others. Give the next run only answers
    that are new, as these are counted here.

    Args:
        result: Judgments.
        answers: The answers they were made of.
        golden: Known labels that they were made with.
        annotators: What was known of annotators before, columns ``annotator, truth, label, count``. It is added, so that
            nothing is forgotten, annotators who answered nothing now among it.
        on_duplicate: As the judgments were made.

    Returns:
        Columns ``annotator, truth, label, count``, in the kind of dataframe of ``answers``; counts of 0 are left out.

    Raises:
        InputError: A table cannot be used, or the judgments are of other tasks or labels.

    >>> from palate.aggregation.labels import MajorityVote
    >>> answers = pl.DataFrame({"task": [1, 1, 1, 1], "annotator": list("abcd"), "label": list("xxxy")})
    >>> annotator_counts(MajorityVote().aggregate(answers), answers).filter(annotator="d").rows()
    [('d', 'x', 'y', 0.75), ('d', 'y', 'y', 0.25)]
    """
    coded = code_answers(answers, golden, on_duplicate)
    judged = read_table(result.probabilities, _PROBABILITIES)
    if judged.columns[1:] != coded.label_values.cast(pl.String).to_list() or len(judged) != len(
        coded.task_ids
    ):
        raise InputError("These judgments were not made of these answers: tasks or labels differ.")
    counts = expected_counts(coded, judged.drop("task").to_numpy())
    annotator, truth, label = np.nonzero(counts)
    found = pl.DataFrame(
        {
            "annotator": coded.annotator_ids.gather(annotator),
            "truth": coded.label_values.gather(truth),
            "label": coded.label_values.gather(label),
            "count": counts[annotator, truth, label],
        }
    )
    if annotators is not None:
        before = read_known(annotators).select(found.columns)
        both = pl.concat([found, before], how="vertical_relaxed")
        cell = ["annotator", "truth", "label"]
        found = both.group_by(cell).agg(pl.col("count").sum()).filter(pl.col("count") > 0).sort(cell)
    return like(answers, found)
